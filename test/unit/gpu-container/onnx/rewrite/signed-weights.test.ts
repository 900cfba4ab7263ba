import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import {
  ELEMENT,
  graphAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import type {
  OnnxGraph,
  OnnxNode,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  elementTypeOfWeight,
  readByteWeight,
  writeByteWeight,
} from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import { signWeights } from '../../../../../gpu-container/src/onnx/rewrite/signed-weights.ts';
import { modelOf, runModel, scattered, weightBeside } from '../graph/run-model.ts';

const ROWS = 4;
const INPUTS = 64;
const OUTPUTS = 8;
// Processors without instructions of their own for it sum up pairs of products in 16 bits: with
// activations of seven bits that is enough for every weight.
const MAX_ACTIVATION = 127;
/** From one end of the range to the other. */
const WEIGHTS = Uint8Array.from({ length: INPUTS * OUTPUTS }, (_, index) => (index * 89) % 256);

const product = (weight: string, zero: string | undefined, output = weight): OnnxNode => ({
  opType: 'MatMulInteger',
  inputs: ['x', weight, '', ...(zero === undefined ? [] : [zero])],
  outputs: [`${output}_product`],
  attributes: [],
  rest: [],
});
const reader = (weight: string): OnnxNode => ({
  opType: 'Cast',
  inputs: [weight],
  outputs: [`${weight}_read`],
  attributes: [],
  rest: [],
});
const inBranch = (node: OnnxNode): OnnxNode => ({
  opType: 'If',
  inputs: ['condition'],
  outputs: ['chosen'],
  attributes: [graphAttribute('then_branch', { ...graphOf([node], []), inputs: [] })],
  rest: [],
});
const matrix = (name: string, elementType: number = ELEMENT.uint8) =>
  writeByteWeight({ name, elementType, shape: [INPUTS, OUTPUTS], bytes: WEIGHTS });
const zero = (name: string, bytes = [131], shape: number[] = []) =>
  writeByteWeight({ name, elementType: ELEMENT.uint8, shape, bytes: Uint8Array.from(bytes) });

describe('signWeights', () => {
  it.each([
    ['of the whole matrix', zero('w_zero')],
    ['of each column', zero('w_zero', [0, 1, 77, 127, 128, 129, 200, 255], [OUTPUTS])],
  ])('changes no product with a zero point %s', async (_, zeroPoint) => {
    const graph = graphOf([product('w', 'w_zero')], [matrix('w'), zeroPoint]);
    const signed = signWeights(graph);

    expect(typesOf(signed)).toEqual({ w: ELEMENT.int8, w_zero: ELEMENT.int8 });
    expect(await products(signed)).toEqual(await products(graph));
  });

  it('changes no product with a weight that two products share, one of them in a branch', async () => {
    const branch = (name: string, weight: string) =>
      graphAttribute(`${name}_branch`, {
        ...graphOf([product(weight, 'w_zero', name)], [], `${name}_product`),
        inputs: [],
      });
    const choice: OnnxNode = {
      opType: 'If',
      inputs: ['condition'],
      outputs: ['chosen'],
      attributes: [branch('then', 'w'), branch('else', 'v')],
      rest: [],
    };
    const condition = writeByteWeight({
      name: 'condition',
      elementType: ELEMENT.bool,
      shape: [],
      bytes: Uint8Array.of(1),
    });
    const sum: OnnxNode = {
      opType: 'Add',
      inputs: ['chosen', 'w_product'],
      outputs: ['sum'],
      attributes: [],
      rest: [],
    };
    const weights = [matrix('w'), matrix('v'), zero('w_zero'), condition];
    const graph = graphOf([choice, product('w', 'w_zero'), sum], weights, 'sum');
    const signed = signWeights(graph);

    expect(typesOf(signed)).toEqual({
      w: ELEMENT.int8,
      v: ELEMENT.int8,
      w_zero: ELEMENT.int8,
      condition: ELEMENT.bool,
    });
    expect(await products(signed)).toEqual(await products(graph));
  });

  const before = { ...matrix('w_before'), name: 'w' };
  it.each([
    ['another operator reads it', [product('w', 'z'), reader('w')], [matrix('w'), zero('z')]],
    [
      'another operator reads its zero point',
      [product('w', 'z'), reader('z')],
      [matrix('w'), zero('z')],
    ],
    [
      'another operator reads it in a branch',
      [product('w', 'z'), inBranch(reader('w'))],
      [matrix('w'), zero('z')],
    ],
    ['it has no zero point', [product('w', undefined)], [matrix('w')]],
    ['its zero point is left out', [product('w', '')], [matrix('w')]],
    ['its zero point is computed', [product('w', 'computed')], [matrix('w')]],
    [
      'its bytes are in another file',
      [product('w', 'z')],
      [weightBeside('w', ELEMENT.uint8, [INPUTS, OUTPUTS]), zero('z')],
    ],
    ['it is signed already', [product('w', 'z')], [matrix('w', ELEMENT.int8), zero('z')]],
    ['it is the activation of a product', [product('x', 'z')], [matrix('x'), zero('z')]],
    [
      'the weight that shares its zero point has to stay',
      [product('w', 'z'), product('v', 'z'), reader('v')],
      [before, matrix('v'), zero('z')],
    ],
    [
      'that is so by way of a third',
      [product('u', 'y'), product('w', 'y', 'other'), product('w', 'z'), reader('z')],
      [matrix('u'), zero('y'), matrix('w'), zero('z')],
    ],
  ])('leaves a weight as it is where %s', (_, nodes, weights) => {
    const graph = graphOf(nodes, weights);
    expect(signWeights(graph)).toEqual(graph);
  });

  it('leaves a weight as it is that the graph declares as an input or output', () => {
    const graph = graphOf([product('w', 'z')], [matrix('w'), zero('z')]);
    const declared = tensorValue('w', ELEMENT.uint8, [INPUTS, OUTPUTS]);

    for (const whole of [
      { ...graph, inputs: [...graph.inputs, declared] },
      { ...graph, outputs: [...graph.outputs, declared] },
    ]) {
      expect(signWeights(whole)).toEqual(whole);
    }
  });

  it('turns every byte by half the range', () => {
    const { initializers } = signWeights(graphOf([product('w', 'z')], [matrix('w'), zero('z')]));
    const signed = Int8Array.from(readByteWeight(initializers[0]!)!.bytes);

    expect(Array.from(signed, (value) => value + 128)).toEqual([...WEIGHTS]);
  });
});

function graphOf(
  nodes: OnnxGraph['nodes'],
  initializers: OnnxGraph['initializers'],
  output = nodes[0]!.outputs[0]!,
): OnnxGraph {
  return {
    name: 'products',
    nodes,
    initializers,
    inputs: [tensorValue('x', ELEMENT.uint8, [ROWS, INPUTS])],
    outputs: [tensorValue(output, ELEMENT.int32)],
    rest: [],
  };
}

function typesOf({ initializers }: OnnxGraph): Record<string, number> {
  return Object.fromEntries(
    initializers.map((tensor) => [tensor.name, elementTypeOfWeight(tensor)]),
  );
}

function products(graph: OnnxGraph): Promise<number[]> {
  const x = Uint8Array.from(scattered(ROWS * INPUTS), (value) => Math.abs(value) * MAX_ACTIVATION);
  return runModel(modelOf(graph), { x: new Tensor('uint8', x, [ROWS, INPUTS]) });
}
