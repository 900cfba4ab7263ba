import { describe, expect, it } from '@jest/globals';
import {
  centreCrop,
  centredOffset,
} from '../../../../../gpu-container/src/embed/image/centre-crop.ts';
import { writeNormalised } from '../../../../../gpu-container/src/embed/image/normalise.ts';
import {
  preprocessImages,
  resizeAndCrop,
} from '../../../../../gpu-container/src/embed/image/preprocess.ts';
import { BICUBIC } from '../../../../../gpu-container/src/embed/image/resampling-filter.ts';
import { resize } from '../../../../../gpu-container/src/embed/image/resize.ts';
import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import { sizeWithShortestEdge } from '../../../../../gpu-container/src/embed/image/shortest-edge.ts';

/** Grey, each pixel of the level that is its place. */
function numbered(width: number, height: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, byte) => byte / 3);
  return { width, height, data };
}

const levelsOf = ({ data }: RgbImage) => [...data].filter((_, byte) => byte % 3 === 0);

describe('sizeWithShortestEdge', () => {
  it.each([
    [640, 360, 292, 519, 292],
    [360, 640, 292, 292, 519],
    [1500, 61, 224, 5508, 224],
    [257, 255, 224, 225, 224],
    [5, 5, 224, 224, 224],
  ])(
    'brings %i by %i to a shorter side of %i, the other rounded down',
    (width, height, edge, toWidth, toHeight) => {
      expect(sizeWithShortestEdge({ width, height }, edge)).toEqual({
        width: toWidth,
        height: toHeight,
      });
    },
  );
});

describe('centreCrop', () => {
  it('leaves the odd pixel after the middle', () => {
    expect(centredOffset(225, 224)).toBe(0);
    expect(centredOffset(297, 224)).toBe(36);
    const middle = centreCrop(numbered(4, 3), { width: 1, height: 2 });
    expect(levelsOf(middle)).toEqual([1, 5]);
  });

  it('is black where the image does not reach, the odd pixel of it before the image', () => {
    const padded = centreCrop(numbered(2, 3), { width: 5, height: 1 });
    expect(levelsOf(padded)).toEqual([0, 0, 2, 3, 0]);
  });
});

describe('writeNormalised', () => {
  it('writes one plane a channel, from the offset on', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 51, 255, 102, 0, 255) };
    const target = new Float32Array(8).fill(9);
    writeNormalised(image, { mean: [0, 0.2, 0.5], std: [1, 0.5, 0.25] }, target, 1);
    const expected = [9, 0, 0.4, 0, -0.4, 2, 2, 9];
    target.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 6);
    });
  });

  it('refuses a target without the room', () => {
    expect(() =>
      writeNormalised(numbered(2, 2), { mean: [0, 0, 0], std: [1, 1, 1] }, new Float32Array(12), 1),
    ).toThrow(RangeError);
  });
});

describe('preprocessImages', () => {
  const preprocessing = {
    shortestEdge: 6,
    cropSize: 4,
    filter: BICUBIC,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  } as const;

  it('cuts the middle out of the resized image', () => {
    const image = numbered(15, 9);
    const whole = resize(image, { width: 10, height: 6 }, BICUBIC);
    const expected = centreCrop(whole, { width: 4, height: 4 });
    expect(resizeAndCrop(image, preprocessing)).toEqual(expected);
  });

  it('pads an image whose shorter side stays shorter than the crop', () => {
    const image = numbered(15, 9);
    const whole = resize(image, { width: 5, height: 3 }, BICUBIC);
    const expected = centreCrop(whole, { width: 4, height: 4 });
    expect(resizeAndCrop(image, { ...preprocessing, shortestEdge: 3 })).toEqual(expected);
  });

  it('lays images of different sizes one after the other', () => {
    const [wide, tall] = [numbered(15, 9), numbered(2, 7)];
    const together = preprocessImages([wide, tall], preprocessing);
    expect(together).toHaveLength(2 * 3 * 4 * 4);
    expect([...together]).toEqual([
      ...preprocessImages([wide], preprocessing),
      ...preprocessImages([tall], preprocessing),
    ]);
  });
});
