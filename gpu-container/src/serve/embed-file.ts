import { checkVideoEmbedding } from '#contracts/availability/video-embedding.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { type VideoEmbeddingTask, videoEmbeddingSchema } from '#contracts/tasks/video-embedding.ts';
import type { MediaTools } from '../decode/ffmpeg-binary.ts';
import { probeMedia } from '../decode/probe.ts';
import { decodeImage } from '../embed/image/decode-image.ts';
import { type EmbeddedVideo, embedImages, embedVideo } from '../embed/video/embed-video.ts';
import type { Frame, VideoEmbedder } from '../embed/video/video-embedder.ts';
import { isPictureType, sniffMedia } from '../fetch/sniff-media.ts';
import { failAs } from '../job/fail-as.ts';
import { parseRequest } from './request-body.ts';
import { refuseUnavailable } from './served-models.ts';

/** One vector for all of a file, and what it was made from. */
export type EmbeddedFile = {
  embedding: Float32Array;
  frames: number;
  /** As its first bytes tell; null where they do not. */
  mediaType: string | null;
};

/**
 * The embedding that a request asks for, with one vector of the whole.
 *
 * @throws Refusal INVALID_REQUEST for what the model cannot do
 */
export function embeddingTask(
  model: string,
  wishes: {
    caption?: string | undefined;
    dims?: number | undefined;
    frames?: number | undefined;
    pooling?: 'mean' | 'max' | 'center' | undefined;
  },
): VideoEmbeddingTask {
  const { pooling, ...options } = parseRequest(videoEmbeddingSchema, { model, ...wishes });
  // Where the model gives one vector by itself there is nothing to pool.
  const task = { ...options, pooling: options.granularity === 'video' ? 'none' : pooling };
  refuseUnavailable(checkVideoEmbedding(task, []));
  return task;
}

/**
 * Embeds a video, or a png, jpg or webp image.
 *
 * @throws ReelscribeError what sniffing, probing and decoding throw, or VIDEO_EMBEDDING_FAILED
 * @throws the signal's reason, where it was aborted
 */
export async function embedFile(
  path: string,
  task: VideoEmbeddingTask,
  embedder: VideoEmbedder,
  options: {
    tools: MediaTools;
    environment: { MAX_MEDIA_SECONDS: number; DEVICE: 'cpu' | 'cuda' };
    signal: AbortSignal;
  },
): Promise<EmbeddedFile> {
  const { tools, environment, signal } = options;
  refuseUnreadCaption(task, embedder);
  const mediaType = await sniffMedia(path, { pictures: true });
  if (!isPictureType(mediaType)) {
    await probeMedia(path, {
      ffprobe: tools.ffprobe,
      maxSeconds: environment.MAX_MEDIA_SECONDS,
      signal,
    });
  }
  const hardware = environment.DEVICE === 'cuda' ? { hardware: environment.DEVICE } : {};
  const embedded = await failAs('VIDEO_EMBEDDING_FAILED', signal, () =>
    embedVideo(path, task, embedder, { tools, signal, ...hardware }),
  );
  return { ...wholeOf(embedded), mediaType };
}

/**
 * Embeds images as the frames of one video, in their order, a second apart.
 *
 * @param paths of png, jpg or webp files
 * @throws as {@link embedFile}
 */
export async function embedFrames(
  paths: readonly string[],
  task: VideoEmbeddingTask,
  embedder: VideoEmbedder,
  { signal }: { signal: AbortSignal },
): Promise<EmbeddedFile> {
  refuseUnreadCaption(task, embedder);
  const embedded = await failAs('VIDEO_EMBEDDING_FAILED', signal, () =>
    embedImages(decodeEach(paths), task, embedder, { signal }),
  );
  return { ...wholeOf(embedded), mediaType: null };
}

/** One at a time, so that only those that the model looks at are held. */
async function* decodeEach(paths: readonly string[]): AsyncGenerator<Frame> {
  for (const [time, path] of paths.entries()) {
    yield { ...(await decodeImage(path)), time };
  }
}

/** The answer has one vector; a caption that is not part of it would be lost. */
function refuseUnreadCaption({ caption, model }: VideoEmbeddingTask, embedder: VideoEmbedder) {
  if (caption !== undefined && !embedder.takesCaption) {
    throw new ReelscribeError(
      'INVALID_REQUEST',
      `caption: ${model} does not read it together with the pictures`,
      { hint: 'Leave it out; POST /v1/embed/text gives a vector of its own for a text.' },
    );
  }
}

function wholeOf({ items, frameTimes }: EmbeddedVideo): Omit<EmbeddedFile, 'mediaType'> {
  const [whole, ...others] = items;
  if (whole === undefined || others.length > 0) {
    throw new RangeError(`A video was to have one vector, not ${items.length}`);
  }
  return { embedding: whole.vector, frames: frameTimes.length };
}
