import { heldTaps } from './held-taps.ts';
import type { ResamplingFilter } from './resampling-filter.ts';
import { resampleColumns, resampleRows } from './resampling-passes.ts';
import { assertImageSize, assertRgbImage, type ImageSize, type RgbImage } from './rgb-image.ts';

/** A part of an image: its pixels [left, left + width) of the rows [top, top + height). */
export type ImageWindow = ImageSize & { readonly left: number; readonly top: number };

/**
 * Resizes an image as Pillow's `Image.resize` does, to the bit: each output pixel
 * is a sum of the input pixels near it in fixed-point arithmetic, along the rows
 * first and then, from results rounded to 8 bits, along the columns. A side that
 * shrinks is antialiased. Columns come first where an image over a hundred times as
 * high as wide is made lower.
 *
 * @throws RangeError for an image or a size without pixels
 */
export function resize(image: RgbImage, size: ImageSize, filter: ResamplingFilter): RgbImage {
  return resizeWindow(image, size, { left: 0, top: 0, ...size }, filter);
}

/**
 * A part of what {@link resize} would return, without the work for the rest: of
 * a 1500 by 61 pixel banner brought to 224 rows, a square is a 25th.
 *
 * @throws RangeError for an image without pixels, or a window that is not within the size
 */
export function resizeWindow(
  image: RgbImage,
  size: ImageSize,
  window: ImageWindow,
  filter: ResamplingFilter,
): RgbImage {
  assertRgbImage(image);
  assertWindow(size, window);
  const across = heldTaps(filter, image.width, size.width, window.left, window.width);
  const down = heldTaps(filter, image.height, size.height, window.top, window.height);
  if (isColumnsFirst(image, size)) {
    return resampleRows(resampleColumns(image, down, 0), across, 0, down.count);
  }
  const firstRow = down.starts[0]!;
  const endRow = down.starts[down.count - 1]! + down.lengths[down.count - 1]!;
  return resampleColumns(resampleRows(image, across, firstRow, endRow), down, firstRow);
}

/** Pillow's exception for what is all height, which saves it memory. */
function isColumnsFirst(image: ImageSize, size: ImageSize): boolean {
  return image.height > image.width * 100 && size.height < image.height;
}

function assertWindow(size: ImageSize, { left, top, width, height }: ImageWindow): void {
  assertImageSize(size);
  assertImageSize({ width, height });
  if (!Number.isInteger(left) || !Number.isInteger(top)) {
    throw new RangeError(`A window starts at a pixel, not at (${left}, ${top})`);
  }
  if (left < 0 || top < 0 || left + width > size.width || top + height > size.height) {
    throw new RangeError(
      `${width} by ${height} pixels from (${left}, ${top}) are not within ${size.width} by ${size.height}`,
    );
  }
}
