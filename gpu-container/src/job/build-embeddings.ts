import { ARTIFACTS } from '#contracts/artifacts.ts';
import { EMBEDDINGS_SCHEMA_VERSION, type Embeddings } from '#contracts/embeddings.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { Warning } from '#contracts/transcript.ts';
import type { TextEmbedding } from './run-text-embedding.ts';
import type { VideoEmbedding } from './run-video-embedding.ts';
import { TIME_DIGITS, toDigits } from './to-digits.ts';

/** About what single precision keeps of a number below 1. */
const VECTOR_DIGITS = 6;

/** Puts the embeddings document together. */
export function buildEmbeddings(parts: {
  record: JobRecord;
  /** Absent where the video could not be embedded, or was not to be. */
  video: VideoEmbedding | undefined;
  /** Likewise. */
  text: TextEmbedding | undefined;
  warnings: readonly Warning[];
}): Embeddings {
  const { jobId, request } = parts.record;
  return {
    schemaVersion: EMBEDDINGS_SCHEMA_VERSION,
    jobId,
    ...(parts.video && { video: videoOf(parts.video) }),
    ...(parts.text && { text: textOf(parts.text, request.tasks.videoEmbedding !== undefined) }),
    warnings: [...parts.warnings],
    metadata: request.metadata,
  };
}

function videoOf(embedded: VideoEmbedding): NonNullable<Embeddings['video']> {
  const { task, version, dims, caption, tokensPerItem } = embedded;
  return {
    model: task.model,
    version,
    dims,
    file: ARTIFACTS.npy.file,
    sampling: task.sampling,
    granularity: task.granularity,
    pooling: task.pooling,
    augmentation: task.augmentation,
    frameTimes: embedded.frameTimes.map((time) => toDigits(time, TIME_DIGITS)),
    ...(tokensPerItem !== undefined && { tokensPerItem }),
    ...(caption && {
      caption: {
        text: caption.text,
        ...(caption.vector && { vector: rounded(caption.vector) }),
      },
    }),
    items: embedded.items.map(({ start, end, vector }, index) => ({
      index,
      ...span({ start, end }),
      vector: rounded(vector),
    })),
  };
}

/** Vectors of text lie in the first npy file, unless those of a video do. */
function textOf(
  { modelId, version, dims, granularity, passages, vectors }: TextEmbedding,
  isBesideVideo: boolean,
): NonNullable<Embeddings['text']> {
  return {
    model: modelId,
    version,
    dims,
    file: ARTIFACTS[isBesideVideo ? 'textNpy' : 'npy'].file,
    granularity,
    items: passages.map((passage, index) => ({
      index,
      ...passage,
      ...span(passage),
      vector: rounded(vectors[index]!),
    })),
  };
}

function span({ start, end }: { start: number; end: number }): { start: number; end: number } {
  return { start: toDigits(start, TIME_DIGITS), end: toDigits(end, TIME_DIGITS) };
}

function rounded(vector: Float32Array): number[] {
  return Array.from(vector, (value) => toDigits(value, VECTOR_DIGITS));
}
