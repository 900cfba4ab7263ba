import { describe, expect, it } from '@jest/globals';
import {
  type GraphBuilder,
  graphBuilder,
  type Value,
} from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  intsAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxModel,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { fuseLayerNorms } from '../../../../../gpu-container/src/onnx/rewrite/fused-layer-norm.ts';
import { floats, modelOf, runModel, scattered, weight } from '../graph/run-model.ts';

const OPSET = 13;
const SHAPE = [2, 3, 8];
const WIDTH = 8;
// Both sum up eight numbers of about one in single precision.
const DIGITS = 5;
const EPSILON = 0.01;

type Make = {
  /** What is normalised, of the two inputs. */
  sum?: (g: GraphBuilder, a: Value, b: Value) => Value;
  square?: (g: GraphBuilder, x: Value) => Value;
  /** Also an output. */
  alsoSum?: boolean;
};

/** Layer norm as exporters write it out. */
function layerNorm({ sum = bothAdded, square = squared, alsoSum = false }: Make): OnnxModel {
  const g = graphBuilder('made/', OPSET);
  const mean = (x: Value) => {
    const output = `${x}/mean`;
    const attributes = [intsAttribute('axes', [-1])];
    g.push({ opType: 'ReduceMean', inputs: [x], outputs: [output], attributes, rest: [] });
    return output;
  };
  const op = (opType: string, ...inputs: Value[]) => {
    const output = `made/${opType}_${g.nodes.length}`;
    g.push({ opType, inputs, outputs: [output], attributes: [], rest: [] });
    return output;
  };
  const x = sum(g, 'a', 'b');
  const centred = g.sub(x, mean(x));
  const deviation = op('Sqrt', g.add(mean(square(g, centred)), g.float32(EPSILON)));
  g.name(g.add(g.mul(op('Div', centred, deviation), 'gamma'), 'beta'), 'out');
  const outputs = [tensorValue('out', ELEMENT.float32)];
  if (alsoSum) {
    g.name(x, 'sum');
    outputs.push(tensorValue('sum', ELEMENT.float32));
  }
  const vector = (name: string, seed: number) =>
    weight(name, ELEMENT.float32, Float32Array.from(scattered(WIDTH, seed)), [WIDTH]);
  const written = modelOf(
    {
      nodes: g.nodes,
      initializers: [vector('gamma', 3), vector('beta', 4), vector('bias', 5)].filter(({ name }) =>
        g.nodes.some(({ inputs }) => inputs.includes(name)),
      ),
      inputs: ['a', 'b'].map((name) => tensorValue(name, ELEMENT.float32, ['rows', 'n', WIDTH])),
      outputs,
    },
    OPSET,
  );
  // As it is read from a file, with its constants as bytes.
  return readModel(writeModel(written));
}

const bothAdded = (g: GraphBuilder, a: Value, b: Value) => g.add(a, b);

function squared(g: GraphBuilder, x: Value): Value {
  g.push({
    opType: 'Pow',
    inputs: [x, g.float32(2)],
    outputs: [`${x}/squared`],
    attributes: [],
    rest: [],
  });
  return `${x}/squared`;
}

const opTypes = ({ graph }: OnnxModel) => graph.nodes.map(({ opType }) => opType);

async function expectSame(fused: OnnxModel, written: OnnxModel): Promise<void> {
  const count = SHAPE.reduce((product, size) => product * size, 1);
  const inputs = { a: floats(scattered(count, 1), SHAPE), b: floats(scattered(count, 2), SHAPE) };
  const expected = await runModel(written, inputs);
  const actual = await runModel(fused, inputs);
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(actual[index]).toBeCloseTo(value, DIGITS);
  }
}

describe('fuseLayerNorms', () => {
  it.each<[string, Make, number]>([
    ['of a sum', {}, 4],
    ['of a sum with a bias', { sum: (g, a, b) => g.add(g.add('bias', a), b) }, 5],
    ['of a sum with a bias behind', { sum: (g, a, b) => g.add(g.add(a, 'bias'), b) }, 5],
  ])('computes the layer norm %s as it is written out', async (_, make, inputs) => {
    const written = layerNorm(make);
    const fused = fuseLayerNorms(written);

    expect(opTypes(fused)).toEqual(['SkipLayerNormalization', 'Identity']);
    expect(fused.graph.nodes[0]?.inputs).toHaveLength(inputs);
    await expectSame(fused, written);
  });

  it('keeps the sum where something else reads it', async () => {
    const written = layerNorm({ alsoSum: true });
    const fused = fuseLayerNorms(written);

    expect(opTypes(fused)).toContain('SkipLayerNormalization');
    expect(opTypes(fused)).toContain('Add');
    await expectSame(fused, written);
  });

  it.each<[string, Make]>([
    ['of no sum', { sum: (g, a, b) => g.mul(a, b) }],
    ['of a sum with nothing but a bias', { sum: (g, a) => g.add(a, 'bias') }],
    ['of another power', { square: (g, x) => g.mul(x, x) }],
  ])('leaves one %s as it is', (_, make) => {
    const written = layerNorm(make);
    expect(fuseLayerNorms(written)).toBe(written);
  });
});
