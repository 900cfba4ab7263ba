import type { VideoEmbeddingTask } from '#contracts/tasks/video-embedding.ts';
import { type EmbeddedVideo, embedVideo } from '../embed/video/embed-video.ts';
import type { VideoEmbedder } from '../embed/video/video-embedder.ts';
import { failAs } from './fail-as.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';

/** What the pictures of a media file mean. */
export type VideoEmbedding = EmbeddedVideo &
  Pick<VideoEmbedder, 'version'> & { task: VideoEmbeddingTask };

/**
 * The video embedding task: samples frames, and embeds them.
 *
 * @param loading its failure is the task's
 * @throws ReelscribeError `NO_VIDEO_STREAM`, `VIDEO_EMBEDDING_FAILED`, or what
 *   decoding and loading the model throw
 * @throws The signal's reason, where it was aborted.
 */
export async function runVideoEmbedding(
  task: VideoEmbeddingTask,
  { path, facts }: Pick<Media, 'path' | 'facts'>,
  loading: Promise<VideoEmbedder>,
  { compute: { device }, tools, timer, report, signal }: JobContext,
): Promise<VideoEmbedding> {
  const total = facts.durationSeconds ?? 0;
  return await failAs('VIDEO_EMBEDDING_FAILED', signal, async () => {
    const embedder = await loading;
    signal.throwIfAborted();
    report('embed', 0, 0);
    const embedded = await timer.time(
      'embed',
      () =>
        embedVideo(path, task, embedder, {
          tools,
          signal,
          ...(device === 'cuda' && { hardware: device }),
          onProgress: (seconds) => report('embed', total === 0 ? 0 : seconds / total, seconds),
        }),
      device,
    );
    return { ...embedded, task, version: embedder.version };
  });
}
