import type { Augmentation } from '#contracts/video-embedding-models.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import type { Frame } from '../video/video-embedder.ts';
import { viewsOf } from '../video/views.ts';
import { clipCrop } from './clip-preprocessing.ts';

/** A frame and what CLIP sees of its views. */
export type PreparedFrame = {
  /** More than one where the same picture is shown at all of them. */
  readonly times: number[];
  readonly views: readonly RgbImage[];
};

/**
 * Prepares frames as they come, and gathers them to passes of at least that many
 * views; the last may have fewer. What is shown several times in a row is one frame.
 */
export async function* preparePasses(
  frames: AsyncIterable<Frame>,
  augmentation: Augmentation,
  viewsPerPass: number,
): AsyncGenerator<PreparedFrame[], void, undefined> {
  let pass: PreparedFrame[] = [];
  let viewCount = 0;
  let shown: Uint8Array | undefined;
  for await (const frame of frames) {
    const before = pass.at(-1);
    if (before !== undefined && frame.data === shown) {
      before.times.push(frame.time);
      continue;
    }
    if (viewCount >= viewsPerPass) {
      yield pass;
      pass = [];
      viewCount = 0;
    }
    const views = viewsOf(frame, augmentation).map(clipCrop);
    pass.push({ times: [frame.time], views });
    viewCount += views.length;
    shown = frame.data;
  }
  if (pass.length > 0) {
    yield pass;
  }
}
