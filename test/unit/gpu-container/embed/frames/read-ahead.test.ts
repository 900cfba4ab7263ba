import { describe, expect, it } from '@jest/globals';
import { readAhead } from '../../../../../gpu-container/src/embed/frames/read-ahead.ts';

/** Counts, and tells how far it has come. */
function counter(end: number) {
  const state = { made: 0, hasEnded: false };
  async function* count() {
    try {
      while (state.made < end) {
        state.made += 1;
        yield state.made;
      }
    } finally {
      state.hasEnded = true;
    }
  }
  return { state, source: count() };
}

/** Until everything that can go on has. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('readAhead', () => {
  it('asks for so many values before any is taken, and no more', async () => {
    const { state, source } = counter(10);
    readAhead(source, 3);
    await settled();
    expect(state.made).toBe(3);
  });

  it('stays as far ahead of those that are taken', async () => {
    const { state, source } = counter(10);
    const values = readAhead(source, 3)[Symbol.asyncIterator]();
    expect(await values.next()).toEqual({ done: false, value: 1 });
    await settled();
    expect(state.made).toBe(4);
  });

  it('gives every value in order, and ends', async () => {
    const { state, source } = counter(5);
    const values: number[] = [];
    for await (const value of readAhead(source, 9)) {
      values.push(value);
    }
    expect(values).toEqual([1, 2, 3, 4, 5]);
    expect(state.hasEnded).toBe(true);
  });

  it('fails where its source does, after what came before', async () => {
    async function* failing() {
      yield 1;
      throw new Error('broken');
    }
    const values = readAhead(failing(), 4)[Symbol.asyncIterator]();
    await settled();
    expect(await values.next()).toEqual({ done: false, value: 1 });
    await expect(values.next()).rejects.toThrow('broken');
  });
});
