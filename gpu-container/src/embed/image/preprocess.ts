import { centreCrop, centredOffset } from './centre-crop.ts';
import { type ChannelStatistics, writeNormalised } from './normalise.ts';
import type { ResamplingFilter } from './resampling-filter.ts';
import { resizeWindow } from './resize.ts';
import type { RgbImage } from './rgb-image.ts';
import { sizeWithShortestEdge } from './shortest-edge.ts';

/** What a model's `preprocessor_config.json` says of its images. */
export type ImagePreprocessing = ChannelStatistics & {
  /** Pixels of the shorter side after resizing. */
  readonly shortestEdge: number;
  /** Pixels of both sides of the square that is cut from the middle. */
  readonly cropSize: number;
  readonly filter: ResamplingFilter;
};

/**
 * Images as a model takes them: resized by their shorter side, their middle cut
 * out, normalised. The images may differ in size.
 *
 * @returns [images, 3, cropSize, cropSize]
 * @throws RangeError for an image without pixels
 */
export function preprocessImages(
  images: readonly RgbImage[],
  preprocessing: ImagePreprocessing,
): Float32Array {
  return normaliseCrops(
    images.map((image) => resizeAndCrop(image, preprocessing)),
    preprocessing,
  );
}

/**
 * Images of one size, normalised.
 *
 * @returns [images, 3, height, width]
 */
export function normaliseCrops(
  crops: readonly RgbImage[],
  statistics: ChannelStatistics,
): Float32Array {
  const length = crops[0]?.data.length ?? 0;
  const pixels = new Float32Array(crops.length * length);
  for (const [index, crop] of crops.entries()) {
    writeNormalised(crop, statistics, pixels, index * length);
  }
  return pixels;
}

/**
 * Images of one size as they are, for a graph that normalises them itself.
 *
 * @returns [images, height, width, 3]
 */
export function joinCrops(crops: readonly RgbImage[]): Uint8Array {
  const length = crops[0]?.data.length ?? 0;
  const bytes = new Uint8Array(crops.length * length);
  for (const [index, { data }] of crops.entries()) {
    bytes.set(data, index * length);
  }
  return bytes;
}

/**
 * The middle of an image that is resized by its shorter side, black where the
 * image does not reach.
 *
 * @throws RangeError for an image without pixels
 */
export function resizeAndCrop(
  image: RgbImage,
  { shortestEdge, cropSize, filter }: Omit<ImagePreprocessing, keyof ChannelStatistics>,
): RgbImage {
  const size = sizeWithShortestEdge(image, shortestEdge);
  const width = Math.min(size.width, cropSize);
  const height = Math.min(size.height, cropSize);
  const window = {
    left: Math.max(0, centredOffset(size.width, cropSize)),
    top: Math.max(0, centredOffset(size.height, cropSize)),
    width,
    height,
  };
  const middle = resizeWindow(image, size, window, filter);
  return width === cropSize && height === cropSize
    ? middle
    : centreCrop(middle, { width: cropSize, height: cropSize });
}
