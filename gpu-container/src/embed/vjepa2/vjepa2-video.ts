import {
  type Augmentation,
  VIDEO_EMBEDDING_MODELS,
  type VideoEmbeddingModelName,
} from '#contracts/video-embedding-models.ts';
import { concatenate } from '../../vector/concatenate.ts';
import { createBatcher } from '../batch/batcher.ts';
import { assertGranularity } from '../video/assert-granularity.ts';
import type { OpenEmbedderOptions } from '../video/open-embedder.ts';
import type { Frame, VideoEmbedder, VideoRows } from '../video/video-embedder.ts';
import { meanOfViews, viewsOf } from '../video/views.ts';
import {
  FRAMES_PER_SLICE,
  poolSlices,
  repeatSlices,
  sliceTimes,
  tokensOfSlice,
  toWholeSlices,
  type VideoTokens,
} from './time-slices.ts';
import { openVjepa2, type Vjepa2 } from './vjepa2.ts';
import { vjepa2Pixels } from './vjepa2-preprocessing.ts';

/** A loaded V-JEPA 2. */
export type Vjepa2Parts = {
  readonly model: VideoEmbeddingModelName;
  readonly version: string;
  readonly encoder: Vjepa2;
};

/**
 * Opens V-JEPA 2 from `model.onnx`.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE
 */
export async function openVjepa2Video({
  model,
  version,
  files,
  device,
}: OpenEmbedderOptions): Promise<VideoEmbedder> {
  const encoder = await openVjepa2({ path: files.file('model.onnx'), device });
  return createVjepa2Video({ model, version, encoder });
}

/**
 * Makes V-JEPA 2 an embedder of videos. All frames are one clip, since every token
 * sees them all; clips that are embedded at the same time go one after another. Of an
 * odd number of frames, a single picture included, the last is looked at twice, to
 * make a whole slice.
 *
 * - `slice`: a row for each two frames, the mean of their tokens
 * - `frame`: that of its slice for each frame
 * - `token`: as `slice`, with the tokens
 *
 * Rows are as long as the model makes them, or at most 1 where views are averaged.
 */
export function createVjepa2Video({ model, version, encoder }: Vjepa2Parts): VideoEmbedder {
  const { dims, frames: allowed } = VIDEO_EMBEDDING_MODELS[model];
  const clips = createBatcher({
    run: async (batch: readonly Float32Array[]) =>
      await Promise.all(batch.map((pixels) => encoder.encode(pixels))),
    maxSize: 1,
    maxWaitMs: 0,
  });
  return {
    model,
    version,
    dims,
    takesCaption: false,
    async embed(frames, { granularity, augmentation, signal, onProgress }) {
      assertGranularity(model, granularity);
      if (granularity === 'token' && augmentation !== 'none') {
        throw new RangeError(
          'Tokens of different views are of different places: none is their mean',
        );
      }
      const clip = await prepareClip(frames, augmentation, allowed.most);
      const encoded: VideoTokens[] = [];
      for (const frameViews of clip.views) {
        encoded.push(await clips.submit(concatenate(toWholeSlices(frameViews)), { signal }));
      }
      onProgress?.(clip.times.at(-1)!);
      const bySlice = encoded.map(poolSlices);
      const rows = bySlice[0]!.map((_, slice) => meanOfViews(bySlice.map((view) => view[slice]!)));
      return granularity === 'frame'
        ? frameRows(rows, clip.times)
        : {
            rows,
            spans: sliceTimes(toWholeSlices(clip.times)),
            frameTimes: clip.times,
            ...(granularity === 'token' && {
              tokens: rows.map((_, slice) => tokensOfSlice(encoded[0]!, slice)),
            }),
          };
    },
    async dispose() {
      await clips.close();
      await encoder.dispose();
    },
  };
}

/** A clip, seen in one way or in several. */
type PreparedClip = {
  readonly times: readonly number[];
  /** [views, frames]: the pixels of a frame, as V-JEPA 2 takes them */
  readonly views: readonly (readonly Float32Array[])[];
};

/** Prepares frames as they come, so that not all of them are held in full size. */
async function prepareClip(
  frames: AsyncIterable<Frame>,
  augmentation: Augmentation,
  maxFrames: number,
): Promise<PreparedClip> {
  const times: number[] = [];
  const byFrame: Float32Array[][] = [];
  let shown: Uint8Array | undefined;
  for await (const frame of frames) {
    if (times.length === maxFrames) {
      throw new RangeError(`V-JEPA 2 looks at ${maxFrames} frames of a clip at most`);
    }
    const pixels =
      frame.data === shown
        ? byFrame.at(-1)!
        : viewsOf(frame, augmentation).map((view) => vjepa2Pixels([view]));
    times.push(frame.time);
    byFrame.push(pixels);
    shown = frame.data;
  }
  if (byFrame.length === 0) {
    throw new RangeError('There are no frames to embed');
  }
  // A square frame among others is the same picture in each of its crops.
  const viewCount = Math.max(...byFrame.map(({ length }) => length));
  const views = Array.from({ length: viewCount }, (_, view) =>
    byFrame.map((pixels) => pixels[view] ?? pixels[0]!),
  );
  return { times, views };
}

function frameRows(slices: readonly Float32Array[], times: readonly number[]): VideoRows {
  const rows = repeatSlices(slices, slices.length * FRAMES_PER_SLICE).slice(0, times.length);
  return { rows, spans: times.map((time) => ({ start: time, end: time })), frameTimes: times };
}
