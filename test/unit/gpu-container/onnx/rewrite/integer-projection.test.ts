import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import {
  type GraphBuilder,
  graphBuilder,
} from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  graphAttribute,
  intsAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeLoop } from '../../../../../gpu-container/src/onnx/graph/loop.ts';
import type {
  OnnxAttribute,
  OnnxModel,
  OnnxTensor,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { nodesWithin } from '../../../../../gpu-container/src/onnx/graph/subgraph.ts';
import {
  readByteWeight,
  writeByteWeight,
} from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import { multiplyIntegers } from '../../../../../gpu-container/src/onnx/rewrite/integer-projection.ts';
import { signWeights } from '../../../../../gpu-container/src/onnx/rewrite/signed-weights.ts';
import { floats, modelOf, runModel, scattered, weight, weightBeside } from '../graph/run-model.ts';

const ROWS = 3;
const INPUTS = 16;
const OUTPUTS = 5;
const SCALE = 2 ** -5;
const ZERO_POINT = 131;
/** [outputs, inputs] */
const BYTES = Uint8Array.from({ length: OUTPUTS * INPUTS }, (_, index) => (index * 89) % 256);

describe('multiplyIntegers', () => {
  it('gives the same numbers where the input is as it would be rounded', async () => {
    const model = projection();
    const integers = multiplyIntegers(model);
    // With both ends of the range among them, whole numbers are their own rounding.
    const whole = Array.from({ length: ROWS * INPUTS }, (_, index) => (index * 37) % 256);
    whole.splice(0, 2, 0, 255);

    expect(opTypes(integers)).toEqual([
      'DynamicQuantizeLinear',
      'MatMulInteger',
      'Mul',
      'Cast',
      'Mul',
      'Identity',
      'Identity',
    ]);
    expect(integers.graph.initializers.map(({ name }) => name)).not.toContain('w');
    expect(await run(integers, whole)).toEqual(await run(model, whole));
  });

  it('is off by no more than the rounding of the input', async () => {
    const x = scattered(ROWS * INPUTS);
    const model = projection();
    const expected = await run(model, x);
    const numbers = await run(multiplyIntegers(model), x);
    // Rounding moves an input by half a step, or a whole one at the ends of the range, where it
    // is clipped for the zero point to be a whole number.
    const step = (Math.max(...x) - Math.min(...x)) / 255;
    const bounds = Array.from({ length: OUTPUTS }, (_, output) => {
      const row = BYTES.subarray(output * INPUTS, (output + 1) * INPUTS);
      return step * SCALE * row.reduce((sum, byte) => sum + Math.abs(byte - ZERO_POINT), 0);
    });

    expect(numbers).toHaveLength(ROWS * OUTPUTS);
    for (const [index, number] of numbers.entries()) {
      const bound = bounds[index % OUTPUTS]!;
      expect(Math.abs(number - expected[index]!)).toBeLessThan(bound);
    }
    expect(numbers).not.toEqual(expected);
  });

  it('takes the signed weights of an export as well', async () => {
    const model = projection({ elementType: ELEMENT.int8, zeroPoint: int8Zero(-3) });
    const integers = multiplyIntegers(model);
    // Seven bits: two products with a weight fit in 16 bits on processors that sum up in as many.
    const whole = Array.from({ length: ROWS * INPUTS }, (_, index) => (index * 37) % 128);
    whole.splice(0, 2, 0, 127);

    expect(opTypes(integers)).toContain('MatMulInteger');
    // 127 / 255 is a step of no whole number: what is left is the rounding of the input.
    const [expected, numbers] = [await run(model, whole), await run(integers, whole)];
    const largestShift = (127 / 255) * SCALE * INPUTS * 128;
    for (const [index, number] of numbers.entries()) {
      expect(Math.abs(number - expected[index]!)).toBeLessThan(largestShift);
    }
  });

  it('leaves the weight to those that read it too', async () => {
    const model = projection({ alsoLookedUp: true });
    const integers = multiplyIntegers(model);
    const whole = Array.from({ length: ROWS * INPUTS }, (_, index) => (index * 5) % 256);
    whole.splice(0, 2, 0, 255);

    expect(opTypes(integers)).toContain('MatMulInteger');
    expect(opTypes(integers)).not.toContain('Transpose');
    expect(await run(integers, whole)).toEqual(await run(model, whole));
    // Only the copy can be signed: the weight is looked up as unsigned.
    const signed = { ...integers, graph: signWeights(integers.graph) };
    expect(readByteWeight(signed.graph.initializers[0]!)!.elementType).toBe(ELEMENT.uint8);
    expect(await run(signed, whole)).toEqual(await run(model, whole));
  });

  it('keeps apart two readings of one weight with zero points of their own', async () => {
    const g = graphBuilder('g/', 13);
    g.name(g.add(project(g), project(g, { zeroPoint: 'other_zero' })), 'y');
    const model = modelWith(g, [matrix(), scale(), zero(), zero('other_zero', 7)]);
    const whole = Array.from({ length: ROWS * INPUTS }, (_, index) => (index * 11) % 256);
    whole.splice(0, 2, 0, 255);

    const integers = multiplyIntegers(model);
    expect(opTypes(integers).filter((type) => type === 'MatMulInteger')).toHaveLength(2);
    expect(await run(integers, whole)).toEqual(await run(model, whole));
  });

  it('reaches into branches and loops', async () => {
    const outer = graphBuilder('g/', 13);
    const branch = (name: string, extra: number) => {
      const g = graphBuilder(`${name}/`, 13);
      const final = writeLoop(
        g,
        {
          maxRounds: g.int64(2),
          goOn: g.equal('use_first', 'use_first'),
          types: { sum: ELEMENT.float32 },
          initial: { sum: g.mul(project(g), g.float32(extra)) },
        },
        (body, { sum }) => ({
          goOn: body.equal('use_first', 'use_first'),
          next: { sum: body.add(sum, project(body)) },
        }),
      );
      return graphAttribute(`${name}_branch`, {
        name,
        nodes: g.nodes,
        initializers: [],
        inputs: [],
        outputs: [tensorValue(g.name(final.sum, `${name}/y`), ELEMENT.float32)],
        rest: [],
      });
    };
    outer.push({
      opType: 'If',
      inputs: ['use_first'],
      outputs: ['y'],
      attributes: [branch('then', 2), branch('else', 4)],
      rest: [],
    });
    const model = modelWith(outer, [matrix(), scale(), zero()]);
    const choice = tensorValue('use_first', ELEMENT.bool, []);
    const withChoice = {
      ...model,
      graph: { ...model.graph, inputs: [...model.graph.inputs, choice] },
    };
    const integers = multiplyIntegers(withChoice);
    const whole = Array.from({ length: ROWS * INPUTS }, (_, index) => (index * 37) % 256);
    whole.splice(0, 2, 0, 255);

    expect(opTypes(integers).filter((type) => type === 'MatMulInteger')).toHaveLength(4);
    expect(opTypes(integers)).not.toContain('MatMul');
    for (const isFirst of [true, false]) {
      const use_first = new Tensor('bool', [isFirst], []);
      const once = await run(withChoice, whole, { use_first });
      expect(await run(integers, whole, { use_first })).toEqual(once);
    }
  });

  const columnScale = weight('scale', ELEMENT.float32, Float32Array.of(1, 2, 3, 4, 5), [OUTPUTS]);
  const columnZero = writeByteWeight({
    name: 'zero',
    elementType: ELEMENT.uint8,
    shape: [OUTPUTS],
    bytes: Uint8Array.of(1, 2, 3, 4, 5),
  });
  it.each<[string, OnnxModel]>([
    ['with a scale for each column', projection({ scale: columnScale, zeroPoint: columnZero })],
    ['without a zero point', projection({ zeroPoint: undefined })],
    [
      'in another file',
      projection({ matrix: weightBeside('w', ELEMENT.uint8, [OUTPUTS, INPUTS]) }),
    ],
    ['that is not turned after all', projection({ order: [0, 1] })],
    ['of more axes than two', projection({ matrix: matrix('w', ELEMENT.uint8, [OUTPUTS, 4, 4]) })],
    [
      'of 32-bit integers',
      projection({
        matrix: weight('w', ELEMENT.int32, Int32Array.from(BYTES), [OUTPUTS, INPUTS]),
      }),
    ],
    [
      'that becomes half precision',
      projection({ scale: weight('scale', ELEMENT.float16, Uint16Array.of(0x2800), []) }),
    ],
    ['whose scale is computed', projection({ scale: undefined })],
    ['on the left', projection({ isLeft: true })],
  ])('leaves a product as it is with a weight %s', (_, model) => {
    expect(multiplyIntegers(model)).toEqual(model);
  });
});

type Weights = {
  readonly matrix: OnnxTensor;
  readonly elementType: number;
  readonly scale: OnnxTensor | undefined;
  readonly zeroPoint: OnnxTensor | undefined;
  readonly order: readonly number[];
  readonly alsoLookedUp: boolean;
  readonly isLeft: boolean;
};

/** y = x · Wᵀ, of the one weight of the model that is turned into floats first. */
function projection(make: Partial<Weights> = {}): OnnxModel {
  const g = graphBuilder('g/', 13);
  const { matrix: w = matrix('w', make.elementType) } = make;
  const zeroPoint = 'zeroPoint' in make ? make.zeroPoint : zero();
  const scaleTensor = 'scale' in make ? make.scale : scale();
  const product = project(g, { ...make, zeroPoint: zeroPoint?.name ?? '' });
  const lookedUp = () => {
    const rows = op(g, 'DequantizeLinear', [g.gather('w', g.int64s(1), 0), 'scale', 'zero']);
    return g.add(product, g.reduce('ReduceMax', rows, 0, 1));
  };
  g.name(make.alsoLookedUp ? lookedUp() : product, 'y');
  return modelWith(
    g,
    [w, scaleTensor, zeroPoint].filter((tensor) => tensor !== undefined),
  );
}

function project(
  g: GraphBuilder,
  {
    zeroPoint = 'zero',
    order,
    isLeft = false,
  }: { zeroPoint?: string; order?: readonly number[]; isLeft?: boolean } = {},
): string {
  const turned = op(g, 'Transpose', ['w'], ...(order ? [intsAttribute('perm', order)] : []));
  const inputs = [turned, 'scale', ...(zeroPoint ? [zeroPoint] : [])];
  const asFloats = op(g, 'DequantizeLinear', inputs);
  return op(g, 'MatMul', isLeft ? [asFloats, 'x'] : ['x', asFloats]);
}

function op(g: GraphBuilder, opType: string, inputs: string[], ...attributes: OnnxAttribute[]) {
  const output = `${g.prefix}${opType}_${g.nodes.length}`;
  g.push({ opType, inputs, outputs: [output], attributes, rest: [] });
  return output;
}

function modelWith(g: GraphBuilder, initializers: OnnxTensor[]): OnnxModel {
  return modelOf({
    nodes: g.nodes,
    initializers,
    inputs: [tensorValue('x', ELEMENT.float32, [ROWS, INPUTS])],
    outputs: [tensorValue('y', ELEMENT.float32)],
  });
}

function matrix(name = 'w', elementType: number = ELEMENT.uint8, shape = [OUTPUTS, INPUTS]) {
  return writeByteWeight({ name, elementType, shape, bytes: BYTES });
}

function scale(): OnnxTensor {
  return weight('scale', ELEMENT.float32, Float32Array.of(SCALE), []);
}

function zero(name = 'zero', value = ZERO_POINT): OnnxTensor {
  const bytes = Uint8Array.of(value);
  return writeByteWeight({ name, elementType: ELEMENT.uint8, shape: [], bytes });
}

function int8Zero(value: number): OnnxTensor {
  const bytes = Uint8Array.of(value);
  return writeByteWeight({ name: 'zero', elementType: ELEMENT.int8, shape: [], bytes });
}

function opTypes({ graph }: OnnxModel): string[] {
  return nodesWithin(graph).map(({ opType }) => opType);
}

function run(model: OnnxModel, x: readonly number[], others: Record<string, Tensor> = {}) {
  return runModel(model, { x: floats(x, [ROWS, INPUTS]), ...others });
}
