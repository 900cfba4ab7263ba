import { describe, expect, it } from '@jest/globals';
import { clipPixelsOfCrops } from '../../../../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import { createClipVideo } from '../../../../../gpu-container/src/embed/clip/clip-video.ts';
import type { ClipVision } from '../../../../../gpu-container/src/embed/clip/clip-vision.ts';
import { inTurn, plainFrame } from '../video/frames.ts';

const IMAGE_LENGTH = 3 * 224 * 224;
const PLAIN = { granularity: 'frame', augmentation: 'none' } as const;

/** Sees of each image its first red and its last blue pixel. */
function coarseVision(beforePass: (images: number) => void = () => {}): ClipVision {
  const embed = async (pixels: Float32Array) => {
    const images = pixels.length / IMAGE_LENGTH;
    beforePass(images);
    return Array.from({ length: images }, (_, image) => {
      const [red, blue] = [pixels[image * IMAGE_LENGTH]!, pixels[(image + 1) * IMAGE_LENGTH - 1]!];
      return Float32Array.of(red, blue).map((value) => value / Math.hypot(red, blue));
    });
  };
  return { pixelsOf: clipPixelsOfCrops, embed, project: embed, dispose: async () => {} };
}

function openWith(vision: ClipVision, imagesPerPass = 4) {
  return createClipVideo({
    model: 'clip-vit-b32',
    version: 'clip@test',
    vision,
    openText: async () => {
      throw new Error('no text half');
    },
    imagesPerPass,
  });
}

const framesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => plainFrame(index / 2, index * 10));

describe('CLIP as an embedder of videos', () => {
  it('fills passes from one video, and tells of progress after each', async () => {
    const passes: number[] = [];
    const done: number[] = [];
    const embedder = openWith(coarseVision((images) => passes.push(images)));
    const { rows, frameTimes } = await embedder.embed(inTurn(framesOf(10)), {
      ...PLAIN,
      onProgress: (seconds) => done.push(seconds),
    });
    expect(passes).toEqual([4, 4, 2]);
    expect(done).toEqual([1.5, 3.5, 4.5]);
    expect(rows).toHaveLength(10);
    expect(frameTimes.at(-1)).toBe(4.5);
  });

  it('holds the frames of three passes at most, however slow the model', async () => {
    let taken = 0;
    const ahead: number[] = [];
    let embedded = 0;
    const embedder = openWith(
      coarseVision((images) => {
        ahead.push(taken - embedded);
        embedded += images;
      }),
    );
    async function* counted() {
      for (const frame of framesOf(25)) {
        taken += 1;
        yield frame;
        // As a decoder would, which lets other work be done.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await embedder.embed(counted(), PLAIN);
    expect(embedded).toBe(25);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(3 * 4);
  });

  it('embeds a picture that stays on screen once', async () => {
    let images = 0;
    const embedder = openWith(coarseVision((count) => (images += count)));
    const shown = plainFrame(0, 50);
    const frames = [shown, { ...shown, time: 1 }, { ...shown, time: 2 }, plainFrame(3, 60)];
    const { rows, frameTimes } = await embedder.embed(inTurn(frames), PLAIN);
    expect(images).toBe(2);
    expect(frameTimes).toEqual([0, 1, 2, 3]);
    expect(rows[2]).toEqual(rows[0]);
  });

  it('fails with what the decoder throws, and lets go of the frames', async () => {
    const failure = new Error('broken off');
    let isOpen = true;
    async function* broken() {
      try {
        yield* framesOf(9);
        throw failure;
      } finally {
        isOpen = false;
      }
    }
    await expect(openWith(coarseVision()).embed(broken(), PLAIN)).rejects.toBe(failure);
    expect(isOpen).toBe(false);
  });

  it('fails with what the model throws, and takes no more frames', async () => {
    const failure = new Error('out of memory');
    const embedder = openWith(
      coarseVision(() => {
        throw failure;
      }),
    );
    let taken = 0;
    async function* endless() {
      for (;;) {
        yield plainFrame(taken, taken % 251);
        taken += 1;
      }
    }
    await expect(embedder.embed(endless(), PLAIN)).rejects.toBe(failure);
    expect(taken).toBeLessThan(16);
  });

  it('ends with the reason of an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const embedder = openWith(coarseVision(() => controller.abort(reason)));
    await expect(
      embedder.embed(inTurn(framesOf(9)), { ...PLAIN, signal: controller.signal }),
    ).rejects.toBe(reason);
  });

  it('refuses no frames, and vectors by slice', async () => {
    const embedder = openWith(coarseVision());
    await expect(embedder.embed(inTurn([]), PLAIN)).rejects.toThrow(RangeError);
    await expect(
      embedder.embed(inTurn(framesOf(1)), { ...PLAIN, granularity: 'slice' }),
    ).rejects.toThrow(RangeError);
  });
});
