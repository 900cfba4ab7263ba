import { batchTexts } from '../embed/text/batch-texts.ts';

/** A loaded model that reads, as requests use it: each with one text, many at once. */
export type TextVectors = {
  /** Which files of the model; vectors of one version can be compared. */
  readonly version: string;
  readonly dims: number;
  /** The fewest dims that mean something by themselves, for a model trained for that. */
  readonly leastDims: number | undefined;
  /**
   * The vector of a text, from a forward pass that texts of other requests may share.
   *
   * @throws the signal's reason, where it was aborted
   */
  embed(text: string, signal: AbortSignal): Promise<Float32Array>;
  /** Waits for the texts that were given. */
  close(): Promise<void>;
};

type Source = Parameters<typeof batchTexts>[0] &
  Pick<TextVectors, 'version' | 'dims'> & { leastDims?: number | undefined };

export type BatchOptions = {
  MAX_BATCH: number;
  MAX_BATCH_WAIT_MS: number;
};

/** Has texts of concurrent requests share the forward passes of a model. */
export function openTextVectors(
  { version, dims, leastDims, ...model }: Source,
  { MAX_BATCH, MAX_BATCH_WAIT_MS }: BatchOptions,
  onPass: (texts: number) => void,
): TextVectors {
  const batcher = batchTexts(model, {
    maxSize: MAX_BATCH,
    maxWaitMs: MAX_BATCH_WAIT_MS,
    onPass,
  });
  return {
    version,
    dims,
    leastDims,
    embed: (text, signal) => batcher.submit(text, { signal }),
    close: () => batcher.close(),
  };
}
