import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { writeNormalised } from '../../../../../gpu-container/src/embed/image/normalise.ts';
import { floatsOf } from '../../../../../gpu-container/src/onnx/float-tensor.ts';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  elementTypeOf,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxModel,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { takeBytePixels } from '../../../../../gpu-container/src/onnx/rewrite/byte-pixels.ts';
import { openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { modelOf } from '../graph/run-model.ts';

const STATISTICS = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;
const [WIDTH, HEIGHT] = [16, 16];
const LEVELS = WIDTH * HEIGHT;

/** Every level of every colour, each in another order. */
const PICTURE = Uint8Array.from({ length: LEVELS * 3 }, (_, byte) => {
  const [pixel, colour] = [Math.floor(byte / 3), byte % 3];
  return (pixel * (2 * colour + 1) + colour) % LEVELS;
});

function normalised(): Float32Array {
  const target = new Float32Array(LEVELS * 3);
  writeNormalised({ width: WIDTH, height: HEIGHT, data: PICTURE }, STATISTICS, target);
  return target;
}

/** Puts out what it takes in; as it is read from a file. */
function identity(shape: readonly (number | string)[], elementType: number): OnnxModel {
  const g = graphBuilder('g/', 13);
  g.name('images', 'y');
  const model = modelOf({
    nodes: g.nodes,
    inputs: [tensorValue('images', elementType, shape), tensorValue('other', ELEMENT.int64, [1])],
    outputs: [tensorValue('y', elementType)],
  });
  return readModel(writeModel(model));
}

async function outputOf(model: OnnxModel, bytes: Uint8Array, shape: number[]): Promise<Tensor> {
  const session = await openSession('model.onnx', { threads: 1 }, writeModel(model));
  const pixels = new Tensor('uint8', bytes, shape);
  const other = new Tensor('int64', BigInt64Array.of(0n), [1]);
  const { y } = await session.run({ pixels, other }, ['y']);
  await session.dispose();
  return y;
}

describe('takeBytePixels', () => {
  it('makes the numbers of bytes that the processor makes of them', async () => {
    const model = takeBytePixels(identity(['n', 3, HEIGHT, WIDTH], ELEMENT.float32), {
      input: 'images',
      pixels: { name: 'pixels', shape: ['n', HEIGHT, WIDTH, 3] },
      ...STATISTICS,
    });
    const twice = Uint8Array.of(...PICTURE, ...PICTURE);
    const y = await outputOf(model, twice, [2, HEIGHT, WIDTH, 3]);
    expect(y.dims).toEqual([2, 3, HEIGHT, WIDTH]);
    const expected = normalised();
    const floats = floatsOf(y);
    // Numbers up to 3, each made by two roundings to 24 bits.
    for (const [at, value] of floats.entries()) {
      expect(Math.abs(value - expected[at % expected.length]!)).toBeLessThan(1e-6);
    }
  });

  it('keeps clips and frames in their order', async () => {
    const model = takeBytePixels(identity(['n', 't', 3, 1, 2], ELEMENT.float32), {
      input: 'images',
      pixels: { name: 'pixels', shape: ['n', 't', 1, 2, 3] },
      mean: [0, 0, 0],
      std: [1 / 255, 1 / 255, 1 / 255],
    });
    const bytes = Uint8Array.from({ length: 12 }, (_, at) => at);
    const y = await outputOf(model, bytes, [1, 2, 1, 2, 3]);
    expect(y.dims).toEqual([1, 2, 3, 1, 2]);
    expect([...floatsOf(y)].map(Math.round)).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
  });

  it('gives a graph of half precision halves, rounded once', async () => {
    const model = takeBytePixels(identity(['n', 3, HEIGHT, WIDTH], ELEMENT.float16), {
      input: 'images',
      pixels: { name: 'pixels', shape: ['n', HEIGHT, WIDTH, 3] },
      ...STATISTICS,
    });
    const y = await outputOf(model, PICTURE, [1, HEIGHT, WIDTH, 3]);
    expect(y.type).toBe('float16');
    const expected = normalised();
    // Half of the last of 11 bits of a number below 4.
    for (const [at, value] of floatsOf(y).entries()) {
      expect(Math.abs(value - expected[at]!)).toBeLessThanOrEqual(2 ** -10 + 1e-6);
    }
  });

  it('leaves the other inputs in their place', () => {
    const model = takeBytePixels(identity(['n', 3, 1, 1], ELEMENT.float32), {
      input: 'images',
      pixels: { name: 'pixels', shape: ['n', 1, 1, 3] },
      ...STATISTICS,
    });
    const { inputs } = readModel(writeModel(model)).graph;
    expect(inputs.map(({ name }) => name)).toEqual(['pixels', 'other']);
    expect(inputs.map(elementTypeOf)).toEqual([ELEMENT.uint8, ELEMENT.int64]);
  });

  it('refuses a graph without the input', () => {
    expect(() =>
      takeBytePixels(identity(['n'], ELEMENT.float32), {
        input: 'pixel_values',
        pixels: { name: 'pixels', shape: ['n', 1, 1, 3] },
        ...STATISTICS,
      }),
    ).toThrow('takes images, other, not pixel_values');
  });
});
