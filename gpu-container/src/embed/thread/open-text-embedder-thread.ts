import { openThread } from '../../thread/called-thread.ts';
import { openAll } from '../../thread/open-all.ts';
import { planLanes } from '../../thread/plan-lanes.ts';
import { openRestartingThread } from '../../thread/restarting-thread.ts';
import { openSentenceTokenizer } from '../text/sentence-tokenizer.ts';
import type { TextEmbedder, TextEmbedderOptions } from '../text/text-embedder.ts';
import { textModel } from '../text/text-models.ts';
import { parallelTextEmbedder } from './parallel-text-embedder.ts';
import type { TextFacts, TextRequest, TextSource } from './text-messages.ts';

export type TextEmbedderThreadOptions = Omit<TextEmbedderOptions, 'threads'> & {
  /** For all of its threads. Default: those that this process may use. */
  readonly cores?: number;
};

/**
 * Loads a sentence encoder beside the thread that calls: a forward pass blocks the
 * thread that runs it, and a service has other requests to answer meanwhile. On
 * a CPU it is loaded once for each of a few cores, since two passes of one thread do more
 * than one of two, and do not stand in the way of whatever else the machine does.
 * Where a thread dies, what it was embedding rejects, and the next call starts another.
 *
 * @throws ReelscribeError as `openTextEmbedder`
 */
export async function openTextEmbedderThread({
  cores,
  ...options
}: TextEmbedderThreadOptions): Promise<TextEmbedder> {
  const { dir, modelId, device } = options;
  const { maxTokens } = textModel(modelId);
  const plan = await planLanes({ dir, device, cores });
  // Tokens are counted without waiting for a thread.
  const tokenizer = await openSentenceTokenizer(dir, maxTokens);
  const threads = Array<number>(plan.lanes).fill(plan.threads);
  const opened = await openAll(threads, (count) =>
    openLane({ ...options, threads: count }, (text) => tokenizer.count(text)),
  );
  return parallelTextEmbedder(opened);
}

async function openLane(
  source: TextSource,
  countTokens: TextEmbedder['countTokens'],
): Promise<TextEmbedder> {
  const thread = await openRestartingThread(() =>
    openThread<TextFacts, TextRequest>(
      new URL('./text-thread.ts', import.meta.url),
      source,
      'The text embedder',
    ),
  );
  return {
    ...thread.facts,
    countTokens,
    embed: (texts, { signal } = {}) => thread.call({ call: 'embed', texts }, { signal }),
    dispose: () => thread.close({ call: 'dispose' }),
  };
}
