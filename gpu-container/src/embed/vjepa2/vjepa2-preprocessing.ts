import {
  type ImagePreprocessing,
  normaliseCrops,
  preprocessImages,
  resizeAndCrop,
} from '../image/preprocess.ts';
import { BILINEAR } from '../image/resampling-filter.ts';
import type { RgbImage } from '../image/rgb-image.ts';

/** Numbers of a pixel, and pixels of a side, of the frames that V-JEPA 2 fpc64-256 looks at. */
export const VJEPA2_FRAME_SHAPE = [3, 256, 256] as const;

/** Of the published `video_preprocessor_config.json`; mean and deviation are ImageNet's. */
export const VJEPA2_PREPROCESSING: ImagePreprocessing = {
  shortestEdge: 292,
  cropSize: 256,
  filter: BILINEAR,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * The frames of a clip as V-JEPA 2 takes them. transformers resizes them by torch's
 * resizer, whose weights have fewer bits than those used here: levels differ by 1 at most.
 *
 * @returns [frames, 3, 256, 256]
 * @throws RangeError for a frame without pixels
 */
export function vjepa2Pixels(frames: readonly RgbImage[]): Float32Array {
  return preprocessImages(frames, VJEPA2_PREPROCESSING);
}

/**
 * What V-JEPA 2 sees of a frame: 256 by 256 pixels.
 *
 * @throws RangeError for a frame without pixels
 */
export function vjepa2Crop(frame: RgbImage): RgbImage {
  return resizeAndCrop(frame, VJEPA2_PREPROCESSING);
}

/**
 * @param crops as {@link vjepa2Crop} makes them
 * @returns [crops, 3, 256, 256]
 */
export function vjepa2PixelsOfCrops(crops: readonly RgbImage[]): Float32Array {
  return normaliseCrops(crops, VJEPA2_PREPROCESSING);
}

/**
 * Which frames of a video are looked at: `count` of them, evenly from the first on,
 * ⌊i · frames / count⌋. A video of fewer frames has some of them twice.
 *
 * @throws RangeError for a video without frames, or no frames to take
 */
export function frameIndices(frames: number, count: number): number[] {
  if (!(Number.isInteger(frames) && Number.isInteger(count) && frames > 0 && count > 0)) {
    throw new RangeError(`${count} frames cannot be taken from ${frames}`);
  }
  return Array.from({ length: count }, (_, index) => Math.floor((index * frames) / count));
}
