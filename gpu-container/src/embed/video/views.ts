import type { Augmentation } from '#contracts/video-embedding-models.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { centredOffset } from '../image/centre-crop.ts';
import { CHANNELS, type RgbImage } from '../image/rgb-image.ts';
import { poolRows } from '../pool/pool.ts';

/**
 * What is looked at of an image, before preprocessing:
 *
 * - `none`: the image
 * - `flip`: it and its mirror image
 * - `crops`: three squares along its longer side, at its start, middle and end; a square image is one
 */
export function viewsOf(image: RgbImage, augmentation: Augmentation): readonly RgbImage[] {
  switch (augmentation) {
    case 'none':
      return [image];
    case 'flip':
      return [image, mirrored(image)];
    case 'crops':
      return squaresOf(image);
  }
}

/**
 * The embedding of an image from those of its views: where there are several,
 * the mean of them at unit length, so that each counts alike.
 *
 * @throws RangeError for no views
 */
export function meanOfViews(embeddings: readonly Float32Array[]): Float32Array {
  const [first] = embeddings;
  return first !== undefined && embeddings.length === 1
    ? first
    : poolRows(embeddings.map(unitLength), 'mean')[0]!;
}

/** The image as a mirror shows it: left is right. */
export function mirrored({ width, height, data }: RgbImage): RgbImage {
  const output = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * CHANNELS;
      const to = (row * width + width - 1 - column) * CHANNELS;
      output[to] = data[from]!;
      output[to + 1] = data[from + 1]!;
      output[to + 2] = data[from + 2]!;
    }
  }
  return { width, height, data: output };
}

function squaresOf(image: RgbImage): readonly RgbImage[] {
  const { width, height } = image;
  const side = Math.min(width, height);
  const longer = Math.max(width, height);
  if (side === longer) {
    return [image];
  }
  const offsets = [0, centredOffset(longer, side), longer - side];
  return offsets.map((offset) =>
    width > height ? square(image, offset, 0, side) : square(image, 0, offset, side),
  );
}

function square(image: RgbImage, left: number, top: number, side: number): RgbImage {
  const rowBytes = side * CHANNELS;
  const data = new Uint8Array(side * rowBytes);
  for (let row = 0; row < side; row++) {
    const from = ((top + row) * image.width + left) * CHANNELS;
    data.set(image.data.subarray(from, from + rowBytes), row * rowBytes);
  }
  return { width: side, height: side, data };
}
