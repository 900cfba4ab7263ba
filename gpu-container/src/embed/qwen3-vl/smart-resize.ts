import { ReelscribeError } from '#contracts/errors.ts';
import { assertImageSize, type ImageSize } from '../image/rgb-image.ts';

/** Pixels of a side of a patch, of which the vision tower makes a vector. */
export const PATCH_SIZE = 16;
/** Patches of a side of the square that becomes one token. */
export const MERGE_SIZE = 2;
/** Frames that a patch spans. */
export const FRAMES_PER_SLICE = 2;

const TOKEN_SIZE = PATCH_SIZE * MERGE_SIZE;
const TOKEN_PIXELS = TOKEN_SIZE * TOKEN_SIZE;

/** The longer side over the shorter one. */
const MAX_RATIO = 200;

/** How many pixels an image may have; its sides are whole tokens. */
export type PixelLimits = { readonly minPixels: number; readonly maxPixels: number };

const IMAGE_LIMITS: PixelLimits = {
  minPixels: 4 * TOKEN_PIXELS,
  maxPixels: 1_800 * TOKEN_PIXELS,
};

const VIDEO_FRAME_LIMITS: PixelLimits = {
  minPixels: 128 * TOKEN_PIXELS,
  maxPixels: 768 * TOKEN_PIXELS,
};
/** What the frames of a video share, counted once for the frames of a slice. */
const VIDEO_PIXELS = 10 * VIDEO_FRAME_LIMITS.maxPixels;
/** Keeps the most that a frame may have above the least. */
const LEEWAY = 1.05;

/**
 * The size nearest to an image's whose sides are whole tokens and whose pixels are
 * within the limits, at its proportions as nearly as that goes
 * (`smart_resize` of qwen-vl-utils, qwen_vl_utils/vision_process.py).
 *
 * @throws RangeError for a size without pixels
 * @throws ReelscribeError VIDEO_EMBEDDING_FAILED for a strip that is over 200 times as long as wide
 */
export function smartResize(
  { width, height }: ImageSize,
  { minPixels, maxPixels }: PixelLimits,
): ImageSize {
  assertImageSize({ width, height });
  if (Math.max(width, height) > MAX_RATIO * Math.min(width, height)) {
    throw new ReelscribeError(
      'VIDEO_EMBEDDING_FAILED',
      `a picture of ${width} by ${height} pixels is too long a strip: the model takes sides of 1 to ${MAX_RATIO} at most`,
    );
  }
  const nearest = {
    width: Math.max(1, roundHalfToEven(width / TOKEN_SIZE)) * TOKEN_SIZE,
    height: Math.max(1, roundHalfToEven(height / TOKEN_SIZE)) * TOKEN_SIZE,
  };
  const pixels = nearest.width * nearest.height;
  if (pixels > maxPixels) {
    const shrink = Math.sqrt((height * width) / maxPixels);
    // A strip may get so thin that no token of it would be left.
    return {
      width: Math.max(1, Math.floor(width / shrink / TOKEN_SIZE)) * TOKEN_SIZE,
      height: Math.max(1, Math.floor(height / shrink / TOKEN_SIZE)) * TOKEN_SIZE,
    };
  }
  if (pixels < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    return {
      width: Math.ceil((width * grow) / TOKEN_SIZE) * TOKEN_SIZE,
      height: Math.ceil((height * grow) / TOKEN_SIZE) * TOKEN_SIZE,
    };
  }
  return nearest;
}

/** The size in which a picture by itself is looked at: 4 to 1800 tokens. */
export function imageSize(image: ImageSize): ImageSize {
  return smartResize(image, IMAGE_LIMITS);
}

/**
 * The size in which each frame of a video is looked at: 128 to 768 tokens, and fewer
 * where there are more than 20 of them, so that all have 7680 at most (`fetch_video` of
 * qwen-vl-utils with the limits of QwenLM/Qwen3-VL-Embedding's
 * src/models/qwen3_vl_embedding.py).
 */
export function videoFrameSize(frame: ImageSize, frames: number): ImageSize {
  const { minPixels, maxPixels } = VIDEO_FRAME_LIMITS;
  const wholeSlices = Math.ceil(frames / FRAMES_PER_SLICE) * FRAMES_PER_SLICE;
  const share = (VIDEO_PIXELS / wholeSlices) * FRAMES_PER_SLICE;
  return smartResize(frame, {
    minPixels,
    maxPixels: Math.max(Math.min(maxPixels, share), Math.trunc(minPixels * LEEWAY)),
  });
}

/** As Python rounds. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
