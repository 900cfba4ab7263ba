import {
  type ImagePreprocessing,
  normaliseCrops,
  preprocessImages,
  resizeAndCrop,
} from '../image/preprocess.ts';
import { BICUBIC } from '../image/resampling-filter.ts';
import type { RgbImage } from '../image/rgb-image.ts';

/** Pixels of a side, and numbers of a pixel, of what CLIP ViT-B/32 looks at. */
export const CLIP_IMAGE_SHAPE = [3, 224, 224] as const;

/** Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021. */
export const CLIP_PREPROCESSING: ImagePreprocessing = {
  shortestEdge: 224,
  cropSize: 224,
  filter: BICUBIC,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/**
 * Images as CLIP takes them, of whatever sizes.
 *
 * @returns [images, 3, 224, 224]
 * @throws RangeError for an image without pixels
 */
export function clipPixels(images: readonly RgbImage[]): Float32Array {
  return preprocessImages(images, CLIP_PREPROCESSING);
}

/**
 * What CLIP sees of an image: 224 by 224 pixels.
 *
 * @throws RangeError for an image without pixels
 */
export function clipCrop(image: RgbImage): RgbImage {
  return resizeAndCrop(image, CLIP_PREPROCESSING);
}

/**
 * @param crops as {@link clipCrop} makes them
 * @returns [crops, 3, 224, 224]
 */
export function clipPixelsOfCrops(crops: readonly RgbImage[]): Float32Array {
  return normaliseCrops(crops, CLIP_PREPROCESSING);
}
