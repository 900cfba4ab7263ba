import {
  assertImageSize,
  assertRgbImage,
  CHANNELS,
  type ImageSize,
  type RgbImage,
} from './rgb-image.ts';

/**
 * Where a centred part of a line starts, rounded down; negative where the part
 * is longer than the line, so that an odd pixel of padding comes before it.
 */
export function centredOffset(length: number, part: number): number {
  return Math.floor((length - part) / 2);
}

/**
 * The middle of an image; what reaches beyond it is black, as transformers pads.
 *
 * @throws RangeError for an image or a size without pixels
 */
export function centreCrop(image: RgbImage, size: ImageSize): RgbImage {
  assertRgbImage(image);
  assertImageSize(size);
  const left = centredOffset(image.width, size.width);
  const top = centredOffset(image.height, size.height);
  const fromColumn = Math.max(0, left);
  const endColumn = Math.min(image.width, left + size.width);
  const data = new Uint8Array(size.width * size.height * CHANNELS);
  for (let row = Math.max(0, top); row < Math.min(image.height, top + size.height); row++) {
    const from = row * image.width;
    data.set(
      image.data.subarray((from + fromColumn) * CHANNELS, (from + endColumn) * CHANNELS),
      ((row - top) * size.width + fromColumn - left) * CHANNELS,
    );
  }
  return { ...size, data };
}
