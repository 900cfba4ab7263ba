import { type Batcher, createBatcher } from '../batch/batcher.ts';

export type TextBatchOptions = {
  /** Most texts of one forward pass. */
  readonly maxSize: number;
  /** How long a text waits for others; 0 where it is not to wait while a lane is free. */
  readonly maxWaitMs: number;
  /** Told of each pass how many texts it has. */
  readonly onPass?: ((texts: number) => void) | undefined;
};

/**
 * Puts a queue in front of an embedder, for callers that come one text at a time:
 * those that come together share a forward pass, in which the embedder groups them
 * by length, and a text that several ask for is computed once.
 *
 * @returns a queue of texts to vectors
 */
export function batchTexts(
  embedder: {
    readonly lanes?: number | undefined;
    embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
  },
  { onPass, ...options }: TextBatchOptions,
): Batcher<string, Float32Array> {
  return createBatcher({
    ...options,
    lanes: embedder.lanes,
    run: async (texts) => {
      onPass?.(texts.length);
      const different = [...new Set(texts)];
      const vectors = await embedder.embed(different);
      const vectorOf = new Map(different.map((text, index) => [text, vectors[index]!]));
      return texts.map((text) => vectorOf.get(text)!);
    },
  });
}
