import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeVisionGraph } from '../../../../../bench/embed/clip-model/vision-graph.ts';
import type { VisionShape } from '../../../../../bench/embed/clip-model/vision-shape.ts';
import { randomVisionWeights } from '../../../../../bench/embed/clip-model/vision-weights.ts';
import { clipCrop } from '../../../../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import {
  openClipVision,
  openClipVisionOfBytes,
} from '../../../../../gpu-container/src/embed/clip/clip-vision.ts';
import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import { readModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { fuseAttention } from '../../../../../gpu-container/src/onnx/rewrite/fused-attention.ts';
import { cosineSimilarity } from '../../../../../gpu-container/src/vector/similarity.ts';
import { inHalfPrecision } from '../../../../environment/half-precision.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

/** CLIP's vision transformer in the older form of its export, small. */
const SHAPE: VisionShape = {
  layers: 3,
  width: 48,
  mlpWidth: 96,
  heads: 4,
  imageSize: 224,
  patchSize: 32,
  dims: 24,
};

/** Sums of a few hundred products, in another order. */
const SAME = 1e-6;
/** 11 bits to a number. */
const HALF = 1e-4;

function picture(seed: number): RgbImage {
  const [width, height] = [300, 260];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, byte) => (byte * seed) % 251);
  return { width, height, data };
}

const CROPS = [1, 7, 40].map((seed) => clipCrop(picture(seed)));

describe('CLIP as it runs on a GPU, with random weights', () => {
  let scratch: Awaited<ReturnType<typeof makeScratchDir>>;
  let graph: Uint8Array;
  let path: string;
  let expected: readonly Float32Array[];

  beforeAll(async () => {
    scratch = await makeScratchDir();
    path = join(scratch.path, 'vision.onnx');
    graph = writeVisionGraph(SHAPE, randomVisionWeights(SHAPE, 3));
    await writeFile(path, graph);
    const vision = await openClipVision({ path, threads: 1 });
    expected = await vision.project(vision.pixelsOf(CROPS));
    await vision.dispose();
  });

  afterAll(async () => {
    await scratch[Symbol.asyncDispose]();
  });

  it('tells pictures apart, so that there is something to be the same', () => {
    const [first, second, third] = expected as [Float32Array, Float32Array, Float32Array];
    expect(cosineSimilarity(first, second)).toBeLessThan(1 - 100 * HALF);
    expect(cosineSimilarity(second, third)).toBeLessThan(1 - 100 * HALF);
  });

  it('attends in one operator in every layer', () => {
    const opTypes = fuseAttention(readModel(graph)).graph.nodes.map(({ opType }) => opType);
    expect(opTypes.filter((opType) => opType === 'MultiHeadAttention')).toHaveLength(SHAPE.layers);
    expect(opTypes).not.toContain('Softmax');
  });

  it.each([
    ['single', SAME],
    ['half', HALF],
  ] as const)('embeds bytes as it embeds floats, in %s precision', async (precision, distance) => {
    const own = join(scratch.path, `${precision}.onnx`);
    await writeFile(own, precision === 'half' ? inHalfPrecision(graph) : graph);
    const vision = await openClipVisionOfBytes({ path: own, threads: 1 });
    const embeddings = await vision.project(vision.pixelsOf(CROPS));
    await vision.dispose();
    expect(embeddings).toHaveLength(CROPS.length);
    for (const [index, embedding] of embeddings.entries()) {
      expect(embedding).toHaveLength(SHAPE.dims);
      expect(1 - cosineSimilarity(embedding, expected[index]!)).toBeLessThan(distance);
    }
  });
});
