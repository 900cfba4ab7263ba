import { describe, expect, it } from '@jest/globals';
import { batchTexts } from '../../../../../gpu-container/src/embed/text/batch-texts.ts';

/** An embedder that tells what it was asked for; the vector of a text is its length. */
function recordingEmbedder(lanes?: number) {
  const asked: (readonly string[])[] = [];
  return {
    asked,
    ...(lanes !== undefined && { lanes }),
    embed: async (texts: readonly string[]) => {
      asked.push(texts);
      return texts.map((text) => Float32Array.of(text.length));
    },
  };
}

describe('batchTexts', () => {
  it('puts texts that come together into one pass, and each has its own vector', async () => {
    const embedder = recordingEmbedder();
    const passes: number[] = [];
    const batcher = batchTexts(embedder, {
      maxSize: 3,
      maxWaitMs: 1_000,
      onPass: (texts) => passes.push(texts),
    });
    const vectors = ['a', 'bb', 'ccc'].map((text) => batcher.submit(text));
    expect(await Promise.all(vectors)).toEqual([1, 2, 3].map((length) => Float32Array.of(length)));
    expect(embedder.asked).toEqual([['a', 'bb', 'ccc']]);
    expect(passes).toEqual([3]);
  });

  it('computes a text that several ask for once', async () => {
    const embedder = recordingEmbedder();
    const batcher = batchTexts(embedder, { maxSize: 4, maxWaitMs: 1_000 });
    const vectors = await Promise.all(['a', 'bb', 'a', 'a'].map((text) => batcher.submit(text)));
    expect(vectors.map(([length]) => length)).toEqual([1, 2, 1, 1]);
    expect(embedder.asked).toEqual([['a', 'bb']]);
  });

  it('shares what waits out to the lanes of the embedder', async () => {
    const embedder = recordingEmbedder(2);
    const batcher = batchTexts(embedder, { maxSize: 6, maxWaitMs: 1_000 });
    await Promise.all([...'abcdef'].map((text) => batcher.submit(text)));
    expect(embedder.asked).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });
});
