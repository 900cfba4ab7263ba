import type { JobRecord } from '#contracts/job-record.ts';
import { type Warning, warning } from '#contracts/transcript.ts';
import type { EmbeddingResult } from '../render/embeddings.ts';
import type { Attempt } from './attempt.ts';
import { buildEmbeddings } from './build-embeddings.ts';
import type { TextEmbedding } from './run-text-embedding.ts';
import type { VideoEmbedding } from './run-video-embedding.ts';

/** The embedding tasks of a job, as they ended; a task is absent that was not asked for. */
export type EmbeddingAttempts = {
  video?: Attempt<VideoEmbedding> | undefined;
  text?: Attempt<TextEmbedding> | undefined;
};

/** What the embedding tasks made; undefined where none was asked for. */
export function embeddingResult(
  record: JobRecord,
  { video, text }: EmbeddingAttempts,
): EmbeddingResult | undefined {
  if (video === undefined && text === undefined) {
    return undefined;
  }
  const document = buildEmbeddings({
    record,
    video: video?.result,
    text: text?.result,
    warnings: [...videoWarnings(video), ...textWarnings(text)],
  });
  return {
    document,
    ...(video?.result && {
      video: video.result.tokens ?? video.result.items.map(({ vector }) => vector),
    }),
    ...(text?.result && { text: text.result.vectors }),
  };
}

function videoWarnings(video: EmbeddingAttempts['video']): Warning[] {
  if (video?.outcome.status === 'FAILED') {
    const cause = video.outcome.failure.code;
    return [
      warning(cause === 'NO_VIDEO_STREAM' ? 'NO_VIDEO' : 'VIDEO_EMBEDDING_FAILED', { cause }),
    ];
  }
  return video?.result?.failure
    ? [warning('VIDEO_NOT_DECODED', { cause: video.result.failure.code })]
    : [];
}

function textWarnings(text: EmbeddingAttempts['text']): Warning[] {
  return text?.outcome.status === 'FAILED'
    ? [warning('TEXT_EMBEDDING_FAILED', { cause: text.outcome.failure.code })]
    : [];
}
