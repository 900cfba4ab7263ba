import { BICUBIC } from '../image/resampling-filter.ts';
import { resize } from '../image/resize.ts';
import type { ImageSize, RgbImage } from '../image/rgb-image.ts';
import type { Frame } from '../video/video-embedder.ts';
import type { Slice } from './patches.ts';
import { FRAMES_PER_SLICE, videoFrameSize } from './smart-resize.ts';

/** A video as the model looks at it. */
export type PreparedVideo = {
  /** Of all frames. */
  readonly size: ImageSize;
  readonly slices: readonly Slice[];
  /** Of each slice: the middle of its frames', in seconds. */
  readonly sliceTimes: readonly number[];
  readonly frameTimes: readonly number[];
};

/**
 * Gathers the frames of a video two by two; of an odd number, the last is seen twice.
 * How large they may be follows from their number, which only the end tells: until
 * then they are held in the size they may have at most, so that of more than 20 the
 * size is reduced twice. All get the proportions of the first.
 *
 * @throws RangeError for no frames, or more than `mostFrames`
 */
export async function prepareVideo(
  frames: AsyncIterable<Frame>,
  mostFrames: number,
): Promise<PreparedVideo> {
  const times: number[] = [];
  const held: RgbImage[] = [];
  let first: ImageSize | undefined;
  for await (const { time, ...frame } of frames) {
    if (times.length === mostFrames) {
      throw new RangeError(`The model looks at ${mostFrames} frames of a video at most`);
    }
    first ??= { width: frame.width, height: frame.height };
    times.push(time);
    held.push(fitted(frame, videoFrameSize(first, 1)));
  }
  if (first === undefined) {
    throw new RangeError('There are no frames to embed');
  }
  const size = videoFrameSize(first, times.length);
  const fittedFrames = held.map((frame) => fitted(frame, size));
  const pairs = Array.from({ length: Math.ceil(times.length / FRAMES_PER_SLICE) }, (_, slice) => {
    const from = slice * FRAMES_PER_SLICE;
    return [from, Math.min(from + 1, times.length - 1)] as const;
  });
  return {
    size,
    slices: pairs.map(([one, other]) => [fittedFrames[one]!, fittedFrames[other]!]),
    sliceTimes: pairs.map(([one, other]) => (times[one]! + times[other]!) / 2),
    frameTimes: times,
  };
}

/** An image in another size; itself where it has that size. */
export function fitted(image: RgbImage, size: ImageSize): RgbImage {
  return image.width === size.width && image.height === size.height
    ? image
    : resize(image, size, BICUBIC);
}
