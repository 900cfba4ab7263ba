import type { ResamplingFilter } from './resampling-filter.ts';
import { type ResamplingTaps, resampleLine, resamplingTaps } from './resampling-taps.ts';
import {
  assertImageSize,
  assertRgbImage,
  CHANNELS,
  type ImageSize,
  type RgbImage,
} from './rgb-image.ts';

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
  const across = resamplingTaps(filter, image.width, size.width, window.left, window.width);
  const down = resamplingTaps(filter, image.height, size.height, window.top, window.height);
  if (isColumnsFirst(image, size)) {
    const lowered = resizeColumns(image, down);
    return resizeRows(lowered, across, 0, lowered.height);
  }
  const firstRow = down.starts[0]!;
  const endRow = down.starts[down.count - 1]! + down.lengths[down.count - 1]!;
  const narrowed = resizeRows(image, across, firstRow, endRow);
  return resizeColumns(narrowed, { ...down, starts: down.starts.map((row) => row - firstRow) });
}

/** Pillow's exception for what is all height, which saves it memory. */
function isColumnsFirst(image: ImageSize, size: ImageSize): boolean {
  return image.height > image.width * 100 && size.height < image.height;
}

function resizeRows(
  { width, data }: RgbImage,
  taps: ResamplingTaps,
  firstRow: number,
  endRow: number,
): RgbImage {
  const height = endRow - firstRow;
  const output = new Uint8ClampedArray(taps.count * height * CHANNELS);
  for (let row = 0; row < height; row++) {
    const from = (firstRow + row) * width * CHANNELS;
    const to = row * taps.count * CHANNELS;
    for (let channel = 0; channel < CHANNELS; channel++) {
      resampleLine(taps, data, from + channel, CHANNELS, output, to + channel, CHANNELS);
    }
  }
  return { width: taps.count, height, data: new Uint8Array(output.buffer) };
}

function resizeColumns({ width, data }: RgbImage, taps: ResamplingTaps): RgbImage {
  const rowBytes = width * CHANNELS;
  const output = new Uint8ClampedArray(taps.count * rowBytes);
  for (let column = 0; column < rowBytes; column++) {
    resampleLine(taps, data, column, rowBytes, output, column, rowBytes);
  }
  return { width, height: taps.count, data: new Uint8Array(output.buffer) };
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
