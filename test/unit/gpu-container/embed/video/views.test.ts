import { describe, expect, it } from '@jest/globals';
import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import {
  meanOfViews,
  mirrored,
  viewsOf,
} from '../../../../../gpu-container/src/embed/video/views.ts';

/** A grey image of these levels, row by row. */
function grey(rows: readonly (readonly number[])[]): RgbImage {
  const levels = rows.flat().flatMap((level) => [level, level, level]);
  return { width: rows[0]!.length, height: rows.length, data: Uint8Array.from(levels) };
}

describe('viewsOf', () => {
  const wide = grey([
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10],
  ]);

  it('is the image itself without augmentation', () => {
    expect(viewsOf(wide, 'none')).toEqual([wide]);
  });

  it('adds the mirror image by flip', () => {
    const mirror = grey([
      [5, 4, 3, 2, 1],
      [10, 9, 8, 7, 6],
    ]);
    expect(viewsOf(wide, 'flip')).toEqual([wide, mirror]);
    expect(mirrored(mirror)).toEqual(wide);
  });

  it('keeps the colours of a mirrored pixel in order', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(mirrored(image).data).toEqual(Uint8Array.of(4, 5, 6, 1, 2, 3));
  });

  it('cuts three squares along the longer side by crops', () => {
    const square = (...columns: [number, number]) =>
      grey([columns, columns.map((level) => level + 5)]);
    expect(viewsOf(wide, 'crops')).toEqual([square(1, 2), square(2, 3), square(4, 5)]);
    expect(viewsOf(grey([[1], [2], [3], [4]]), 'crops')).toEqual([
      grey([[1]]),
      grey([[2]]),
      grey([[4]]),
    ]);
  });

  it('has one view of a square by crops', () => {
    const square = grey([
      [1, 2],
      [3, 4],
    ]);
    expect(viewsOf(square, 'crops')).toEqual([square]);
  });
});

describe('meanOfViews', () => {
  it('counts each view alike, whatever the length of its embedding', () => {
    const mean = meanOfViews([Float32Array.of(10, 0), Float32Array.of(0, 0.5)]);
    expect(mean).toEqual(Float32Array.of(0.5, 0.5));
  });

  it('leaves the embedding of a single view as it is', () => {
    expect(meanOfViews([Float32Array.of(3, 4)])).toEqual(Float32Array.of(3, 4));
  });
});
