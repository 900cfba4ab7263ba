import { expect, it } from '@jest/globals';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  floatAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import { importMicrosoftOperators } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { writeByteWeight } from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import { floats, modelOf, runModel, weight } from './run-model.ts';

it('quantises floats by their range and multiplies 8-bit matrices, less their zero points', async () => {
  const g = graphBuilder('g/', 11);
  const x = g.quantize('x');
  const product = g.multiplyIntegers(x.values, 'weight', x.zeroPoint, 'zero');
  g.name(g.mul(g.cast(product, ELEMENT.float32), x.scale), 'y');
  const matrix = { elementType: ELEMENT.uint8, shape: [2, 1], bytes: Uint8Array.of(13, 8) };
  const zero = { elementType: ELEMENT.uint8, shape: [], bytes: Uint8Array.of(10) };
  const model = modelOf({
    nodes: g.nodes,
    initializers: [
      writeByteWeight({ name: 'weight', ...matrix }),
      writeByteWeight({ name: 'zero', ...zero }),
    ],
    inputs: [tensorValue('x', ELEMENT.float32, [2, 2])],
    outputs: [tensorValue('y', ELEMENT.float32, [2, 1])],
  });

  // From -51 to 204 is 255 steps of one: whole numbers are quantised as they are.
  expect(await runModel(model, { x: floats([-51, 204, 100, 7], [2, 2]) })).toEqual([
    -51 * 3 + 204 * -2,
    100 * 3 + 7 * -2,
  ]);
});

it('names the outputs of a quantisation apart from all others', () => {
  const g = graphBuilder('g/', 11);
  g.quantize('x');
  g.quantize(g.add('x', 'x'));
  const names = g.nodes.flatMap(({ outputs }) => outputs);

  expect(new Set(names).size).toBe(7);
  expect(names.every((name) => name.startsWith('g/'))).toBe(true);
});

it('cuts into equal parts, adds up along an axis, and takes as many as a value tells', async () => {
  const g = graphBuilder('g/', 13);
  const [left, right] = g.split('x', 1, 2);
  const sums = g.cumulativeSum(g.concat([right!, left!], 1), 1);
  g.name(g.firstOf(sums, 1, g.slice(g.shape('x'), 0, 0, 1)), 'y');
  const model = modelOf({
    nodes: g.nodes,
    inputs: [tensorValue('x', ELEMENT.float32, [2, 4])],
    outputs: [tensorValue('y', ELEMENT.float32, [2, 2])],
  });

  expect(await runModel(model, { x: floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]) })).toEqual([
    3, 7, 7, 15,
  ]);
});

it('runs the operators that only onnxruntime has', async () => {
  const g = graphBuilder('g/', 17);
  const [normalised, , , sum] = g.microsoft(
    4,
    'SkipLayerNormalization',
    ['x', 'x', 'scale', 'scale', ''],
    floatAttribute('epsilon', 0),
  );
  g.name(g.concat([normalised!, sum!], 0), 'y');
  const model = modelOf(
    {
      nodes: g.nodes,
      initializers: [weight('scale', ELEMENT.float32, Float32Array.of(1, 1), [2])],
      inputs: [tensorValue('x', ELEMENT.float32, [1, 2])],
      outputs: [tensorValue('y', ELEMENT.float32, [2, 2])],
    },
    17,
  );

  // Normalised −1 and 1, scaled by one and moved by one; then what was normalised.
  const imported = importMicrosoftOperators(model);
  expect(await runModel(imported, { x: floats([3, 5], [1, 2]) })).toEqual([0, 2, 6, 10]);
});

it('puts in a weight once, however often it is asked for', () => {
  const g = graphBuilder('g/', 17);
  const scale = weight('scale', ELEMENT.float32, Float32Array.of(1), [1]);

  expect([g.weight(scale), g.weight(scale)]).toEqual(['scale', 'scale']);
  expect(g.initializers).toEqual([scale]);
});
