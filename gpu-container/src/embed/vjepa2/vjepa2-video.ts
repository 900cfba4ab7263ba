import {
  type Augmentation,
  VIDEO_EMBEDDING_MODELS,
  type VideoEmbeddingModelName,
} from '#contracts/video-embedding-models.ts';
import { createBatcher } from '../batch/batcher.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { assertGranularity } from '../video/assert-granularity.ts';
import type { OpenEmbedderOptions } from '../video/open-embedder.ts';
import type { Frame, VideoEmbedder, VideoRows } from '../video/video-embedder.ts';
import { meanOfViews, viewsOf } from '../video/views.ts';
import { type Clip, type EncodedClip, encodeClips } from './clip-passes.ts';
import {
  FRAMES_PER_SLICE,
  repeatSlices,
  sliceTimes,
  tokensOfSlice,
  toWholeSlices,
} from './time-slices.ts';
import { openVjepa2, type Vjepa2 } from './vjepa2.ts';
import { openVjepa2OfBytes } from './vjepa2-of-bytes.ts';
import { vjepa2Crop } from './vjepa2-preprocessing.ts';

/** A loaded V-JEPA 2. */
export type Vjepa2Parts<Pixels extends Float32Array | Uint8Array> = {
  readonly model: VideoEmbeddingModelName;
  readonly version: string;
  readonly encoder: Vjepa2<Pixels>;
  /** Clips that are encoded together, where the encoder takes several. Default 1. */
  readonly clipsAtATime?: number;
  /** Device memory that passes are sized by. */
  readonly freeBytes?: number | undefined;
};

/** More than a GPU takes at a time of any but the shortest, of which there are always some. */
const CLIPS_AT_A_TIME_ON_GPU = 32;

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
  freeBytes,
}: OpenEmbedderOptions): Promise<VideoEmbedder> {
  const path = files.file('model.onnx');
  return device === 'cuda'
    ? createVjepa2Video({
        model,
        version,
        encoder: await openVjepa2OfBytes({ path, device }),
        clipsAtATime: CLIPS_AT_A_TIME_ON_GPU,
        freeBytes,
      })
    : createVjepa2Video({ model, version, encoder: await openVjepa2({ path, device }) });
}

/**
 * Makes V-JEPA 2 an embedder of videos. All frames are one clip, since every token
 * sees them all; clips that are embedded at the same time go one after another, or share
 * passes where the encoder takes several. Of an
 * odd number of frames, a single picture included, the last is looked at twice, to
 * make a whole slice.
 *
 * - `slice`: a row for each two frames, the mean of their tokens
 * - `frame`: that of its slice for each frame
 * - `token`: as `slice`, with the tokens
 *
 * Rows are as long as the model makes them, or at most 1 where views are averaged.
 */
export function createVjepa2Video<Pixels extends Float32Array | Uint8Array>({
  model,
  version,
  encoder,
  clipsAtATime = 1,
  freeBytes,
}: Vjepa2Parts<Pixels>): VideoEmbedder {
  const { dims, frames: allowed } = VIDEO_EMBEDDING_MODELS[model];
  const clips = createBatcher({
    run: async (batch: readonly Clip[]) => await encodeClips(encoder, batch, freeBytes),
    maxSize: clipsAtATime,
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
      const wantsTokens = granularity === 'token';
      const encoded = await Promise.all(
        clip.views.map((crops) =>
          clips.submit({ crops: toWholeSlices(crops), wantsTokens }, { signal }),
        ),
      );
      onProgress?.(clip.times.at(-1)!);
      const [{ slices, tokens }] = encoded as [EncodedClip];
      const rows = slices.map((_, slice) =>
        meanOfViews(encoded.map((view) => view.slices[slice]!)),
      );
      return granularity === 'frame'
        ? frameRows(rows, clip.times)
        : {
            rows,
            spans: sliceTimes(toWholeSlices(clip.times)),
            frameTimes: clip.times,
            ...(tokens && { tokens: rows.map((_, slice) => tokensOfSlice(tokens, slice)) }),
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
  /** [views, frames]: what V-JEPA 2 sees of a frame */
  readonly views: readonly (readonly RgbImage[])[];
};

/** Prepares frames as they come, so that not all of them are held in full size. */
async function prepareClip(
  frames: AsyncIterable<Frame>,
  augmentation: Augmentation,
  maxFrames: number,
): Promise<PreparedClip> {
  const times: number[] = [];
  const byFrame: RgbImage[][] = [];
  let shown: Uint8Array | undefined;
  for await (const frame of frames) {
    if (times.length === maxFrames) {
      throw new RangeError(`V-JEPA 2 looks at ${maxFrames} frames of a clip at most`);
    }
    const crops =
      frame.data === shown ? byFrame.at(-1)! : viewsOf(frame, augmentation).map(vjepa2Crop);
    times.push(frame.time);
    byFrame.push(crops);
    shown = frame.data;
  }
  if (byFrame.length === 0) {
    throw new RangeError('There are no frames to embed');
  }
  // A square frame among others is the same picture in each of its crops.
  const viewCount = Math.max(...byFrame.map(({ length }) => length));
  const views = Array.from({ length: viewCount }, (_, view) =>
    byFrame.map((crops) => crops[view] ?? crops[0]!),
  );
  return { times, views };
}

function frameRows(slices: readonly Float32Array[], times: readonly number[]): VideoRows {
  const rows = repeatSlices(slices, slices.length * FRAMES_PER_SLICE).slice(0, times.length);
  return { rows, spans: times.map((time) => ({ start: time, end: time })), frameTimes: times };
}
