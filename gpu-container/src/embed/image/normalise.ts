import { assertRgbImage, CHANNELS, type RgbImage } from './rgb-image.ts';

/** Of red, green and blue, on a scale from 0 to 1. */
export type ChannelStatistics = {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
};

const LEVELS = 256;
const MAX_LEVEL = 255;

/**
 * Writes an image as a network takes it: (level / 255 − mean) / std, all of red
 * before all of green and blue.
 *
 * @param target from `offset` on it gets 3 · height · width numbers
 * @throws RangeError for an image without pixels, or a target without the room
 */
export function writeNormalised(
  image: RgbImage,
  { mean, std }: ChannelStatistics,
  target: Float32Array,
  offset = 0,
): void {
  assertRgbImage(image);
  const pixels = image.width * image.height;
  if (offset + pixels * CHANNELS > target.length) {
    throw new RangeError(`An image of ${pixels} pixels does not fit at ${offset}`);
  }
  const { data } = image;
  const reds = normalisedLevels(mean[0], std[0]);
  const greens = normalisedLevels(mean[1], std[1]);
  const blues = normalisedLevels(mean[2], std[2]);
  for (let red = offset, byte = 0; byte < data.length; red++, byte += CHANNELS) {
    target[red] = reds[data[byte]!]!;
    target[red + pixels] = greens[data[byte + 1]!]!;
    target[red + 2 * pixels] = blues[data[byte + 2]!]!;
  }
}

/** What each of the 256 levels becomes: there are far fewer than pixels. */
function normalisedLevels(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: LEVELS }, (_, level) => (level / MAX_LEVEL - mean) / std);
}
