import { ReelscribeError } from '#contracts/errors.ts';
import type { VideoEmbeddingTask } from '#contracts/tasks/video-embedding.ts';
import { VIDEO_EMBEDDING_MODELS } from '#contracts/video-embedding-models.ts';
import { truncate, unitLength } from '../../vector/unit-length.ts';
import { type PooledVideo, poolVideo } from './pool-video.ts';
import {
  plannedTimes,
  type SampledVideo,
  type SampleOptions,
  type SamplingWish,
  sampleVideo,
} from './sample-video.ts';
import type { EmbedVideoOptions, Frame, VideoEmbedder, VideoRows } from './video-embedder.ts';
import { zeroRows } from './zero-rows.ts';

/** How frames become vectors. */
export type EmbeddingWish = Pick<
  VideoEmbeddingTask,
  'granularity' | 'augmentation' | 'pooling' | 'dims' | 'caption'
>;

export type EmbeddedVideo = PooledVideo & {
  /** Length of every vector. */
  readonly dims: number;
  /** Of every frame that was looked at, in seconds. */
  readonly frameTimes: readonly number[];
  /** Where there are tokens. */
  readonly tokensPerItem?: number;
  /** Without a vector where it is part of that of the video. */
  readonly caption?: { readonly text: string; readonly vector?: Float32Array };
  /** Why the vectors are zeros: the video could not be decoded. */
  readonly failure?: ReelscribeError;
};

type Run = Pick<EmbedVideoOptions, 'signal' | 'onProgress'>;

/** Where `onDecodeError` has a say; that there is no video in the file is not among them. */
const DECODE_ERRORS: ReadonlySet<string> = new Set(['MEDIA_CORRUPT', 'DECODE_TIMEOUT']);

/**
 * Embeds a local video, or a png, jpg or webp image: samples its frames, embeds
 * and pools them. Where a caption has a vector of its own, it comes with it.
 *
 * With `onDecodeError: 'zeros'` a video of which nothing can be decoded, or not in time,
 * has zeros, at the times that were to be looked at; of a file too damaged to tell how
 * long it is, at one frame a second.
 *
 * @param options.onProgress told the seconds of the last frame that is done
 * @throws {ReelscribeError} what sampling and decoding throw
 * @throws The signal's reason, where it was aborted.
 */
export async function embedVideo(
  path: string,
  task: EmbeddingWish & SamplingWish & Pick<VideoEmbeddingTask, 'onDecodeError'>,
  embedder: VideoEmbedder,
  options: SampleOptions & Run,
): Promise<EmbeddedVideo> {
  let sampled: SampledVideo | undefined;
  try {
    const { seesMotion } = VIDEO_EMBEDDING_MODELS[embedder.model];
    sampled = await sampleVideo(path, task, seesMotion ? 'even' : 'cheapest', options);
    return await embedImages(sampled.frames, task, embedder, options);
  } catch (error) {
    if (task.onDecodeError !== 'zeros' || !isDecodeError(error)) {
      throw error;
    }
    const times = sampled?.times ?? plannedTimes(task, null);
    const rows = zeroRows(times, task.granularity, embedder.dims);
    return { ...(await finish(rows, task, embedder, options)), failure: error };
  }
}

/**
 * Embeds pictures as the frames of one video.
 *
 * @param frames in order of time, at least one; taken one by one, so that they can be decoded as
 *   they are wanted
 * @throws RangeError for no frames
 * @throws What taking a frame throws.
 * @throws The signal's reason, where it was aborted.
 */
export async function embedImages(
  frames: AsyncIterable<Frame>,
  wish: EmbeddingWish,
  embedder: VideoEmbedder,
  { signal, onProgress }: Run = {},
): Promise<EmbeddedVideo> {
  const { granularity, augmentation, caption } = wish;
  const rows = await embedder.embed(frames, {
    granularity,
    augmentation,
    ...(embedder.takesCaption && { caption }),
    signal,
    onProgress,
  });
  return await finish(rows, wish, embedder, { signal });
}

async function finish(
  rows: VideoRows,
  wish: EmbeddingWish,
  embedder: VideoEmbedder,
  { signal }: Run,
): Promise<EmbeddedVideo> {
  const pooled = poolVideo(rows, wish);
  const dims = pooled.items[0]!.vector.length;
  return {
    ...pooled,
    dims,
    frameTimes: rows.frameTimes,
    ...(pooled.tokens && { tokensPerItem: pooled.tokens[0]!.length / dims }),
    ...(wish.caption !== undefined && {
      caption: await captionOf(wish.caption, wish.dims, embedder, signal),
    }),
  };
}

async function captionOf(
  text: string,
  dims: number | undefined,
  embedder: VideoEmbedder,
  signal: AbortSignal | undefined,
): Promise<NonNullable<EmbeddedVideo['caption']>> {
  if (embedder.takesCaption || embedder.embedTexts === undefined) {
    return { text };
  }
  const [vector] = await embedder.embedTexts([text], signal);
  return { text, vector: dims === undefined ? unitLength(vector!) : truncate(vector!, dims) };
}

function isDecodeError(error: unknown): error is ReelscribeError {
  return error instanceof ReelscribeError && DECODE_ERRORS.has(error.code);
}
