import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { createRandom } from '../../../../../bench/diarize/mixture/random.ts';
import { writeVisionGraph } from '../../../../../bench/embed/clip-model/vision-graph.ts';
import {
  positionsOf,
  VIT_B32,
  type VisionShape,
} from '../../../../../bench/embed/clip-model/vision-shape.ts';
import { randomVisionWeights } from '../../../../../bench/embed/clip-model/vision-weights.ts';
import { openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { plainEmbedding } from './plain-vision.ts';

const TINY: VisionShape = {
  ...{ layers: 2, width: 8, mlpWidth: 12, heads: 2 },
  ...{ imageSize: 12, patchSize: 4, dims: 5 },
};
const IMAGES = 3;
const IMAGE_LENGTH = 3 * TINY.imageSize ** 2;

describe('the generated vision transformer', () => {
  it('embeds a batch as the arithmetic of the architecture does', async () => {
    const weights = randomVisionWeights(TINY, 1);
    const random = createRandom(2);
    const pixels = Float32Array.from({ length: IMAGES * IMAGE_LENGTH }, () => random.normal());

    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'model.onnx');
    await writeFile(path, writeVisionGraph(TINY, weights));
    const session = await openSession(path, { threads: 1 });
    const shape = [IMAGES, 3, TINY.imageSize, TINY.imageSize];
    const { image_embeds } = await session.run(
      { pixel_values: new Tensor('float32', pixels, shape) },
      ['image_embeds'],
    );
    await session.dispose();

    expect(image_embeds.dims).toEqual([IMAGES, TINY.dims]);
    const expected = Array.from({ length: IMAGES }, (_, image) =>
      plainEmbedding(
        TINY,
        weights,
        pixels.subarray(image * IMAGE_LENGTH, (image + 1) * IMAGE_LENGTH),
      ),
    ).flat();
    for (const [index, value] of expected.entries()) {
      expect(image_embeds.data[index]).toBeCloseTo(value, 4);
    }
    // Were they all alike, the comparison would say nothing of the patches.
    expect(Math.abs(expected[0]! - expected[TINY.dims]!)).toBeGreaterThan(1e-2);
  });

  it('has the 88 million parameters of ViT-B/32 in the published sizes', () => {
    const { layers, width, mlpWidth, patchSize, dims } = VIT_B32;
    const layer = 4 * (width ** 2 + width) + 2 * width * mlpWidth + mlpWidth + width + 4 * width;
    const embeddings = 3 * patchSize ** 2 * width + width + positionsOf(VIT_B32) * width;
    expect(layers * layer + embeddings + 4 * width + width * dims).toBe(87_849_216);
  });

  it('is the same for the same seed', () => {
    const bytes = (seed: number) => writeVisionGraph(TINY, randomVisionWeights(TINY, seed));
    expect(Buffer.compare(bytes(1), bytes(1))).toBe(0);
    expect(Buffer.compare(bytes(1), bytes(2))).not.toBe(0);
  });
});
