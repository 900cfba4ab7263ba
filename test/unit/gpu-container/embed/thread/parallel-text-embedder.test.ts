import { describe, expect, it } from '@jest/globals';
import type { TextEmbedder } from '../../../../../gpu-container/src/embed/text/text-embedder.ts';
import { parallelTextEmbedder } from '../../../../../gpu-container/src/embed/thread/parallel-text-embedder.ts';

/** A lane whose vectors are the numbers that the texts are, and whose calls end when the test says so. */
function heldLane() {
  const calls: { texts: readonly string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const lane: TextEmbedder = {
    modelId: 'lengths',
    dims: 1,
    maxTextTokens: 10,
    countTokens: (text) => text.length,
    embed: (texts) =>
      new Promise((resolve, reject) => {
        const end = () => resolve(texts.map((text) => Float32Array.of(Number(text))));
        calls.push({ texts, end, fail: reject });
      }),
    dispose: async () => {},
  };
  return { lane, calls };
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

describe('parallelTextEmbedder', () => {
  it('gives a few texts to the lane with the fewest calls, and does not divide them', async () => {
    const [one, other] = [heldLane(), heldLane()];
    const embedder = parallelTextEmbedder([one.lane, other.lane]);
    const results = [numbers(3), numbers(1), numbers(2)].map((texts) => embedder.embed(texts));
    expect([one, other].map(({ calls }) => calls.length)).toEqual([2, 1]);
    one.calls[0]!.end();
    one.calls[1]!.end();
    await results[0];
    const next = embedder.embed(['7']);
    expect(one.calls.at(-1)?.texts).toEqual(['7']);
    for (const { end } of [...one.calls, ...other.calls]) {
      end();
    }
    expect((await Promise.all([...results, next])).map(({ length }) => length)).toEqual([
      3, 1, 2, 1,
    ]);
  });

  it('deals many texts out, and returns their vectors in order', async () => {
    const lanes = [heldLane(), heldLane(), heldLane()];
    const embedder = parallelTextEmbedder(lanes.map(({ lane }) => lane));
    const result = embedder.embed(numbers(100));
    expect(lanes.map(({ calls }) => calls[0]?.texts.length)).toEqual([34, 33, 33]);
    for (const { calls } of lanes) {
      calls[0]!.end();
    }
    expect((await result).map(([value]) => String(value))).toEqual(numbers(100));
  });

  it('rejects where a lane does, when the others are done', async () => {
    const [one, other] = [heldLane(), heldLane()];
    const embedder = parallelTextEmbedder([one.lane, other.lane]);
    const error = new Error('out of memory');
    let isSettled = false;
    const result = embedder.embed(numbers(64)).finally(() => {
      isSettled = true;
    });
    const rejected = expect(result).rejects.toBe(error);
    one.calls[0]!.fail(error);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSettled).toBe(false);
    other.calls[0]!.end();
    await rejected;
  });

  it('says how many lanes it has, and needs one', () => {
    const { lane } = heldLane();
    expect(parallelTextEmbedder([lane, lane])).toMatchObject({ modelId: 'lengths', lanes: 2 });
    expect(() => parallelTextEmbedder([])).toThrow(RangeError);
  });
});
