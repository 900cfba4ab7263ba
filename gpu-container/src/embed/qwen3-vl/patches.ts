import { CHANNELS, type RgbImage } from '../image/rgb-image.ts';
import { FRAMES_PER_SLICE, PATCH_SIZE } from './smart-resize.ts';
import { cellsOf, patchOrder, visionGrid } from './vision-grid.ts';

/** Numbers of a patch: red of both frames, then green, then blue, each in rows. */
export const PATCH_LENGTH = CHANNELS * FRAMES_PER_SLICE * PATCH_SIZE * PATCH_SIZE;

/** Mean and standard deviation of every channel, on a scale from 0 to 1. */
const MEAN = 0.5;
const STD = 0.5;

const MAX_LEVEL = 255;
const NORMALISED = Float32Array.from(
  { length: MAX_LEVEL + 1 },
  (_, level) => (level / MAX_LEVEL - MEAN) / STD,
);

/** The two frames that are looked at as one; of a picture by itself, it twice. */
export type Slice = readonly [RgbImage, RgbImage];

/**
 * A slice as the vision tower takes it: normalised, cut to patches of 16 by 16 pixels
 * of two frames, in the order of {@link patchOrder} (`_preprocess` of transformers'
 * models/qwen2_vl/image_processing_qwen2_vl_fast.py and
 * models/qwen3_vl/video_processing_qwen3_vl.py).
 *
 * @param slice frames of one size, of whole tokens
 * @returns [patches, 1536]
 * @throws RangeError for frames of other sizes
 */
export function slicePatches(slice: Slice): Float32Array {
  const [{ width, height }] = slice;
  if (slice.some((frame) => frame.width !== width || frame.height !== height)) {
    throw new RangeError('The frames of a slice are of one size');
  }
  const grid = visionGrid({ width, height });
  const patches = new Float32Array(cellsOf(grid) * PATCH_LENGTH);
  let at = 0;
  for (const { row, column } of patchOrder(grid)) {
    const firstPixel = row * PATCH_SIZE * width + column * PATCH_SIZE;
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (const { data } of slice) {
        for (let line = 0; line < PATCH_SIZE; line++) {
          let byte = (firstPixel + line * width) * CHANNELS + channel;
          for (let pixel = 0; pixel < PATCH_SIZE; pixel++, byte += CHANNELS) {
            patches[at++] = NORMALISED[data[byte]!]!;
          }
        }
      }
    }
  }
  return patches;
}
