import type { Granularity, TextEmbeddingTask } from '#contracts/tasks/text-embedding.ts';
import type { Transcript } from '#contracts/transcript.ts';
import type { Passage } from '../embed/text/passage.ts';
import { passagesOf } from '../embed/text/passages.ts';
import type { TextEmbedder } from '../embed/text/text-embedder.ts';
import { findModel } from '../models/catalog.ts';
import { modelVersion } from '../models/model-entry.ts';
import { failAs } from './fail-as.ts';
import type { JobContext } from './job-context.ts';

/** What a transcript means, passage by passage. */
export type TextEmbedding = {
  modelId: string;
  /** Which files of the model. */
  version: string;
  dims: number;
  granularity: Granularity;
  /** None where nobody speaks. */
  passages: Passage[];
  /** Of unit length, one for each passage. */
  vectors: Float32Array[];
};

/** As many as fill the batches of a forward pass well, and few enough to tell of progress between. */
const PASSAGES_PER_REPORT = 512;

/**
 * The text embedding task: divides a transcript into passages, and embeds each of them.
 *
 * @param transcript with its speakers, where these are known
 * @param loading its failure is the task's
 * @throws ReelscribeError `TEXT_EMBEDDING_FAILED`, or what loading the model throws
 * @throws The signal's reason, where it was aborted.
 */
export async function runTextEmbedding(
  task: Pick<TextEmbeddingTask, 'granularity'>,
  transcript: Pick<Transcript, 'segments' | 'language'>,
  loading: Promise<TextEmbedder>,
  context: JobContext,
): Promise<TextEmbedding> {
  return await failAs('TEXT_EMBEDDING_FAILED', context.signal, async () => {
    const embedder = await loading;
    context.signal.throwIfAborted();
    return await context.timer.time(
      'embed',
      () => embed(task, transcript, embedder, context),
      context.compute.device,
    );
  });
}

async function embed(
  { granularity }: Pick<TextEmbeddingTask, 'granularity'>,
  transcript: Pick<Transcript, 'segments' | 'language'>,
  embedder: TextEmbedder,
  { report, signal }: JobContext,
): Promise<TextEmbedding> {
  report('embed', 0, 0);
  const { modelId, dims, countTokens } = embedder;
  const passages = passagesOf(transcript, granularity, { countTokens }).filter(
    ({ text }) => text !== '',
  );
  const vectors: Float32Array[] = [];
  while (vectors.length < passages.length) {
    const next = passages.slice(vectors.length, vectors.length + PASSAGES_PER_REPORT);
    const texts = next.map(({ text }) => text);
    vectors.push(...(await embedder.embed(texts, { signal })));
    report('embed', vectors.length / passages.length, next.at(-1)!.end);
  }
  const version = modelVersion(findModel(modelId));
  return { modelId, version, dims, granularity, passages, vectors };
}
