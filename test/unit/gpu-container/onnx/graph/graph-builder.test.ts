import { expect, it } from '@jest/globals';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeByteWeight } from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import { floats, modelOf, runModel } from './run-model.ts';

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
