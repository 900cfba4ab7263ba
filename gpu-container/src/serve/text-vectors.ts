import { type Batcher, createBatcher } from '../embed/batch/batcher.ts';

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

type Source = {
  version: string;
  dims: number;
  leastDims?: number | undefined;
  /** How many passes the model can run at a time; 1 if not given. */
  lanes?: number | undefined;
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
};

export type BatchOptions = {
  MAX_BATCH: number;
  MAX_BATCH_WAIT_MS: number;
};

/** Puts a micro-batcher in front of a model. */
export function batchTexts(
  { version, dims, leastDims, lanes, embed }: Source,
  { MAX_BATCH, MAX_BATCH_WAIT_MS }: BatchOptions,
  onBatch: (size: number) => void,
): TextVectors {
  const batcher: Batcher<string, Float32Array> = createBatcher({
    run: async (texts: readonly string[]) => {
      onBatch(texts.length);
      return await embed(texts);
    },
    maxSize: MAX_BATCH,
    lanes,
    maxWaitMs: MAX_BATCH_WAIT_MS,
  });
  return {
    version,
    dims,
    leastDims,
    embed: (text, signal) => batcher.submit(text, { signal }),
    close: () => batcher.close(),
  };
}
