import { describe, expect, it } from '@jest/globals';
import {
  imageSize,
  smartResize,
  videoFrameSize,
} from '../../../../../gpu-container/src/embed/qwen3-vl/smart-resize.ts';

const TOKEN = 32n;

/**
 * The same rule in whole numbers: a side of k tokens is right where its square, times the
 * area, is on the right side of the limit times the side's square.
 */
function exactly(
  width: number,
  height: number,
  minPixels: number,
  maxPixels: number,
): { width: number; height: number } {
  const area = BigInt(width) * BigInt(height);
  const nearest = (side: number) => {
    const twice = 2n * BigInt(side);
    let tokens = 1n;
    // Up to the next one, unless it is as far away and this one is even.
    while (
      twice > TOKEN * (2n * tokens + 1n) ||
      (twice === TOKEN * (2n * tokens + 1n) && tokens % 2n === 1n)
    ) {
      tokens++;
    }
    return tokens;
  };
  const largestWithin = (side: number) => {
    let tokens = 0n;
    while ((TOKEN * (tokens + 1n)) ** 2n * area <= BigInt(side) ** 2n * BigInt(maxPixels)) {
      tokens++;
    }
    return tokens === 0n ? 1n : tokens;
  };
  const smallestBeyond = (side: number) => {
    let tokens = 1n;
    while ((TOKEN * tokens) ** 2n * area < BigInt(side) ** 2n * BigInt(minPixels)) {
      tokens++;
    }
    return tokens;
  };
  const pixels = nearest(width) * nearest(height) * TOKEN * TOKEN;
  const rule =
    pixels > BigInt(maxPixels)
      ? largestWithin
      : pixels < BigInt(minPixels)
        ? smallestBeyond
        : nearest;
  return { width: Number(rule(width) * TOKEN), height: Number(rule(height) * TOKEN) };
}

describe('the size in which a picture is looked at', () => {
  it('is what the rule says in exact arithmetic, for sizes of all kinds', () => {
    for (let step = 0; step < 400; step++) {
      const width = 1 + ((step * 7_919) % 2_503);
      const height = 1 + ((step * 104_729) % 2_003);
      if (Math.max(width, height) > 200 * Math.min(width, height)) {
        continue;
      }
      expect([width, height, imageSize({ width, height })]).toEqual([
        ...[width, height],
        exactly(width, height, 4_096, 1_843_200),
      ]);
    }
  });

  it('is that of the image where it is whole tokens within the limits', () => {
    expect(imageSize({ width: 1_280, height: 1_440 })).toEqual({ width: 1_280, height: 1_440 });
    expect(imageSize({ width: 64, height: 64 })).toEqual({ width: 64, height: 64 });
  });

  it.each([
    // 1.5 and 2.5 tokens: to the even one
    [
      { width: 480, height: 48 },
      { width: 480, height: 64 },
    ],
    [
      { width: 480, height: 80 },
      { width: 480, height: 64 },
    ],
    [
      { width: 1, height: 1 },
      { width: 64, height: 64 },
    ],
    [
      { width: 3_840, height: 2_160 },
      { width: 1_792, height: 992 },
    ],
  ])('brings %j to %j', (image, size) => {
    expect(imageSize(image)).toEqual(size);
  });

  it('keeps a token of a strip that would have none', () => {
    const limits = { minPixels: 4_096, maxPixels: 8_192 };
    expect(smartResize({ width: 6_400, height: 40 }, limits).height).toBe(32);
  });

  it('refuses a strip of over 200 to 1', () => {
    expect(() => imageSize({ width: 2_001, height: 10 })).toThrow(
      expect.objectContaining({ code: 'VIDEO_EMBEDDING_FAILED' }),
    );
    expect(() => imageSize({ width: 2_000, height: 10 })).not.toThrow();
  });
});

describe('the size in which the frames of a video are looked at', () => {
  it.each([
    [1, 786_432],
    [16, 786_432],
    [20, 786_432],
    [21, 714_938],
    [24, 655_360],
    [63, 245_760],
    [64, 245_760],
  ])('of %i frames is of %i pixels at most', (frames, maxPixels) => {
    for (const [width, height] of [
      [1_920, 1_080],
      [720, 1_280],
      [500, 333],
      [64, 48],
    ] as const) {
      expect(videoFrameSize({ width, height }, frames)).toEqual(
        exactly(width, height, 131_072, maxPixels),
      );
    }
  });

  it('leaves 7680 tokens for all frames of the longest video', () => {
    const { width, height } = videoFrameSize({ width: 1_024, height: 1_024 }, 64);
    expect(((width * height) / 1_024) * 32).toBeLessThanOrEqual(7_680);
  });
});
