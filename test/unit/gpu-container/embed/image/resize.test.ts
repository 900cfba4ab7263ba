import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  BICUBIC,
  BILINEAR,
} from '../../../../../gpu-container/src/embed/image/resampling-filter.ts';
import { resize, resizeWindow } from '../../../../../gpu-container/src/embed/image/resize.ts';
import type {
  ImageSize,
  RgbImage,
} from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import { pillowResize } from './pillow-resize.ts';

const FILTERS = { bicubic: BICUBIC, bilinear: BILINEAR };

/** Rough enough that both filters overshoot and round in every direction. */
function texture(width: number, height: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, byte) => {
    const channel = byte % 3;
    const x = Math.floor(byte / 3) % width;
    const y = Math.floor(byte / 3 / width);
    return x * 37 + y * 91 + channel * 53 + ((x * y) % 17) * 11;
  });
  return { width, height, data };
}

/** Black and white in no order, so that the bicubic filter overshoots at both ends; fixed. */
function contrasts(width: number, height: number): RgbImage {
  let state = 1;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const level = state >>> 24;
    return level < 96 ? 0 : level > 160 ? 255 : level;
  });
  return { width, height, data };
}

function digest({ data }: RgbImage): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

describe('resize', () => {
  // What Pillow 12.3.0 makes of the same textures.
  it.each<[from: string, to: string, filter: keyof typeof FILTERS, digest: string]>([
    ['1x1', '5x3', 'bicubic', '04d244476faa5b3a'],
    ['1x1', '5x3', 'bilinear', '04d244476faa5b3a'],
    ['7x5', '7x5', 'bicubic', 'a224846089d44fc2'],
    ['7x5', '7x5', 'bilinear', 'a224846089d44fc2'],
    ['7x5', '3x11', 'bicubic', 'fa12a282fa31eb9e'],
    ['7x5', '3x11', 'bilinear', 'd8e60a084afd503a'],
    ['640x3', '31x9', 'bicubic', '15fc73b5889b1de5'],
    ['640x3', '31x9', 'bilinear', '82aee409c29d2897'],
    ['3x640', '9x31', 'bicubic', '3d141fbb5af8bd6f'],
    ['3x640', '9x31', 'bilinear', 'ab7830c2368bc923'],
    ['50x40', '49x41', 'bicubic', '91f754d7de3fdea7'],
    ['50x40', '49x41', 'bilinear', '320bbc840d79beea'],
    ['2x2', '64x64', 'bicubic', 'efe754edee26491f'],
    ['2x2', '64x64', 'bilinear', '7ba0d1cae838dd79'],
    ['301x7', '1x1', 'bicubic', '00ec755019482152'],
  ])('brings %s to %s (%s) with the bits that Pillow has', (from, to, filter, expected) => {
    const { width, height } = sizeOf(from);
    const resized = resize(texture(width, height), sizeOf(to), FILTERS[filter]);
    expect(resized).toMatchObject(sizeOf(to));
    expect(digest(resized)).toBe(expected);
  });

  it.each<[from: string, to: string]>([
    ['97x53', '31x17'],
    ['97x53', '96x54'],
    ['31x17', '97x53'],
    ['53x97', '101x13'],
    ['13x101', '7x205'],
    ['1x7', '3x2'],
    ['641x5', '2x5'],
  ])('brings %s to %s as a sum a pixel would, by either filter', (from, to) => {
    const { width, height } = sizeOf(from);
    const image = contrasts(width, height);
    for (const filter of [BICUBIC, BILINEAR]) {
      const expected = pillowResize(image, sizeOf(to), filter);
      expect(resize(image, sizeOf(to), filter)).toEqual(expected);
    }
  });

  it('weighs each size by its own filter, however many sizes take turns', () => {
    const image = contrasts(29, 23);
    const sizes = Array.from({ length: 12 }, (_, at) => ({ width: 9 + at, height: 40 - at }));
    const turns = [...sizes, ...sizes].flatMap((size) =>
      [BICUBIC, BILINEAR].map((filter) => ({ size, filter })),
    );
    for (const { size, filter } of turns) {
      const expected = pillowResize(image, size, filter);
      expect(resize(image, size, filter)).toEqual(expected);
    }
  });

  it.each([
    { left: 5, top: 17 },
    { left: 17, top: 0 },
    { left: 0, top: 31 },
  ])('makes of a window at $left, $top the same pixels as of the whole', ({ left, top }) => {
    const image = texture(83, 47);
    const size = { width: 40, height: 61 };
    const window = { left, top, width: 23, height: 30 };
    const whole = resize(image, size, BICUBIC);
    const rows = Array.from({ length: window.height }, (_, row) => {
      const start = ((window.top + row) * size.width + window.left) * 3;
      return [...whole.data.subarray(start, start + window.width * 3)];
    });
    const part = resizeWindow(image, size, window, BICUBIC);
    expect(part).toMatchObject({ width: 23, height: 30 });
    expect([...part.data]).toEqual(rows.flat());
  });

  it.each([
    ['no pixels', { width: 0, height: 4, data: new Uint8Array() }],
    ['a byte too few', { width: 2, height: 2, data: new Uint8Array(11) }],
  ])('refuses an image with %s', (_, image) => {
    expect(() => resize(image, { width: 2, height: 2 }, BILINEAR)).toThrow(RangeError);
  });

  it.each([
    ['a size without pixels', { width: 0, height: 2 }, { left: 0, top: 0, width: 1, height: 1 }],
    ['a window beyond', { width: 3, height: 3 }, { left: 2, top: 0, width: 2, height: 1 }],
    ['a window before', { width: 3, height: 3 }, { left: 0, top: -1, width: 1, height: 1 }],
    ['half a pixel', { width: 3, height: 3 }, { left: 0, top: 0.5, width: 1, height: 1 }],
  ])('refuses %s', (_, size, window) => {
    expect(() => resizeWindow(texture(2, 2), size, window, BILINEAR)).toThrow(RangeError);
  });
});

function sizeOf(text: string): ImageSize {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
}
