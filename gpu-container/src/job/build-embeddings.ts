import { EMBEDDINGS_SCHEMA_VERSION, type Embeddings } from '#contracts/embeddings.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { Warning } from '#contracts/transcript.ts';
import type { TextEmbedding } from './run-text-embedding.ts';
import { TIME_DIGITS, toDigits } from './to-digits.ts';

/** About what single precision keeps of a number below 1. */
const VECTOR_DIGITS = 6;

/** Puts the embeddings document together. */
export function buildEmbeddings(parts: {
  record: JobRecord;
  /** Absent where the text could not be embedded. */
  text: TextEmbedding | undefined;
  warnings: readonly Warning[];
}): Embeddings {
  const { record, text, warnings } = parts;
  return {
    schemaVersion: EMBEDDINGS_SCHEMA_VERSION,
    jobId: record.jobId,
    ...(text && { text: textOf(text) }),
    warnings: [...warnings],
    metadata: record.request.metadata,
  };
}

function textOf({
  modelId,
  dims,
  granularity,
  passages,
  vectors,
}: TextEmbedding): NonNullable<Embeddings['text']> {
  return {
    model: modelId,
    dims,
    granularity,
    items: passages.map((passage, index) => ({
      index,
      ...passage,
      start: toDigits(passage.start, TIME_DIGITS),
      end: toDigits(passage.end, TIME_DIGITS),
      vector: Array.from(vectors[index]!, (value) => toDigits(value, VECTOR_DIGITS)),
    })),
  };
}
