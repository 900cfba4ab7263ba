import { CLIP_IMAGE_SHAPE } from '../../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import { createClipVideo } from '../../../gpu-container/src/embed/clip/clip-video.ts';
import { openClipVisionOfBytes } from '../../../gpu-container/src/embed/clip/clip-vision.ts';
import type { Frame } from '../../../gpu-container/src/embed/video/video-embedder.ts';
import { madeBytes } from '../made-bytes.ts';
import type { Setup } from './messages.ts';
import { serveSide } from './serve-side.ts';
import { medianSeconds } from './timing.ts';

/** Pictures through the product's CLIP, as it runs on a GPU. */
export type ClipRequest = Setup & {
  readonly path: string;
  readonly batches: readonly number[];
  /** Frames of 1080p to be embedded at once, with all that is done to them before. */
  readonly frames: { readonly count: number; readonly batch: number };
};

const FRAME = { width: 1920, height: 1080 };
const COLOURS = 3;
const IMAGE_LENGTH = CLIP_IMAGE_SHAPE.reduce((product, side) => product * side, 1);
/** The product takes the same frame shown twice for one: these come by turns. */
const DIFFERENT_FRAMES = 4;

await serveSide(async ({ device, rounds, path, batches, frames }: ClipRequest, tell) => {
  const vision = await openClipVisionOfBytes({ path, device });
  for (const batch of batches) {
    const pixels = madeBytes(batch * IMAGE_LENGTH, batch);
    const seconds = await medianSeconds(rounds, () => vision.embed(pixels));
    const picturesPerSecond = batch / seconds;
    tell({ measured: 'clip', side: 'ours', from: 'pixels', batch, picturesPerSecond });
  }

  const { count, batch } = frames;
  const embedder = createClipVideo({
    ...{ model: 'clip-vit-b32', version: 'bench', vision, imagesPerPass: batch },
    openText: async () => {
      throw new Error('No text is embedded here');
    },
  });
  const shown = Array.from({ length: DIFFERENT_FRAMES }, (_, frame) => ({
    ...FRAME,
    data: madeBytes(FRAME.width * FRAME.height * COLOURS, frame),
  }));
  async function* video(): AsyncGenerator<Frame, void, undefined> {
    for (let time = 0; time < count; time++) {
      yield { ...shown[time % DIFFERENT_FRAMES]!, time };
    }
  }
  const seconds = await medianSeconds(1, () =>
    embedder.embed(video(), { granularity: 'frame', augmentation: 'none' }),
  );
  const picturesPerSecond = count / seconds;
  tell({ measured: 'clip', side: 'ours', from: 'frames', batch, picturesPerSecond });
});
