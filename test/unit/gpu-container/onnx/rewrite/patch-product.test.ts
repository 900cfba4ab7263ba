import { describe, expect, it } from '@jest/globals';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  intAttribute,
  intsAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import type {
  OnnxAttribute,
  OnnxModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { multiplyPatches } from '../../../../../gpu-container/src/onnx/rewrite/patch-product.ts';
import { floats, modelOf, runModel, scattered, weight } from '../graph/run-model.ts';

const [BATCH, CHANNELS, WIDTH] = [2, 3, 5];

type Make = { readonly kernel: readonly number[]; readonly attributes: readonly OnnxAttribute[] };

function convolution({ kernel, attributes }: Make, hasBias = true): OnnxModel {
  const g = graphBuilder('g/', 13);
  const inputs = ['x', 'kernels', ...(hasBias ? ['bias'] : [])];
  g.name(g.op('Conv', inputs, ...attributes), 'y');
  const shape = [WIDTH, CHANNELS, ...kernel];
  const count = shape.reduce((product, size) => product * size, 1);
  return modelOf({
    nodes: g.nodes,
    initializers: [
      weight('kernels', ELEMENT.float32, Float32Array.from(scattered(count, 2)), shape),
      ...(hasBias
        ? [weight('bias', ELEMENT.float32, Float32Array.from(scattered(WIDTH, 3)), [WIDTH])]
        : []),
    ],
    inputs: [
      tensorValue('x', ELEMENT.float32, [
        'batch',
        CHANNELS,
        ...kernel.map((_, axis) => `side${axis}`),
      ]),
    ],
    outputs: [tensorValue('y', ELEMENT.float32)],
  });
}

function patches(kernel: readonly number[], ...more: OnnxAttribute[]): Make {
  const shape = intsAttribute('kernel_shape', kernel);
  return { kernel, attributes: [shape, intsAttribute('strides', kernel), ...more] };
}

async function numbersOf(model: OnnxModel, sides: readonly number[]): Promise<number[]> {
  const shape = [BATCH, CHANNELS, ...sides];
  const count = shape.reduce((product, size) => product * size, 1);
  return await runModel(model, { x: floats(scattered(count), shape) });
}

function opTypes({ graph }: OnnxModel): string[] {
  return graph.nodes.map(({ opType }) => opType);
}

describe('multiplyPatches', () => {
  it.each<[string, Make, number[], boolean]>([
    ['pictures', patches([2, 3]), [6, 6], true],
    ['clips', patches([2, 4, 3]), [4, 8, 3], true],
    ['pictures without a bias', patches([3, 3]), [9, 3], false],
    [
      'pictures, with all that a convolution can be told',
      patches(
        [2, 2],
        intsAttribute('pads', [0, 0, 0, 0]),
        intsAttribute('dilations', [1, 1]),
        intAttribute('group', 1),
      ),
      [4, 6],
      true,
    ],
  ])('makes of %s what the convolution makes', async (_, make, sides, hasBias) => {
    const written = convolution(make, hasBias);
    const rewritten = multiplyPatches(written);
    expect(opTypes(rewritten)).toContain('MatMul');
    expect(opTypes(rewritten)).not.toContain('Conv');
    const expected = await numbersOf(written, sides);
    const numbers = await numbersOf(rewritten, sides);
    expect(numbers).toHaveLength(expected.length);
    for (const [at, number] of numbers.entries()) {
      // Sums of a few dozen products of numbers up to one, in another order.
      expect(number).toBeCloseTo(expected[at]!, 5);
    }
  });

  it.each<[string, Make]>([
    [
      'whose patches overlap',
      {
        kernel: [3, 3],
        attributes: [intsAttribute('kernel_shape', [3, 3]), intsAttribute('strides', [2, 2])],
      },
    ],
    ['without steps', { kernel: [3, 3], attributes: [intsAttribute('kernel_shape', [3, 3])] }],
    ['with a margin', patches([2, 2], intsAttribute('pads', [1, 1, 1, 1]))],
    ['with gaps', patches([2, 2], intsAttribute('dilations', [2, 2]))],
    ['in groups', patches([2, 2], intAttribute('group', 3))],
  ])('leaves a convolution as it is %s', (_, make) => {
    const written = convolution(make);
    expect(multiplyPatches(written)).toBe(written);
  });
});
