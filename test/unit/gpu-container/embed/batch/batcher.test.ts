import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { createBatcher } from '../../../../../gpu-container/src/embed/batch/batcher.ts';
import { createManualTimer, settle } from './manual-timer.ts';

type Pass = {
  readonly items: readonly string[];
  readonly succeed: () => Promise<void>;
  readonly end: (results: readonly string[]) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
};

/** A batcher over a model whose passes end when the test says so. */
function batcherOver({ maxSize = 3, maxWaitMs = 10, lanes = 1 } = {}) {
  const passes: Pass[] = [];
  const time = createManualTimer();
  const batcher = createBatcher<string, string>({
    maxSize,
    maxWaitMs,
    lanes,
    now: time.now,
    timer: time.timer,
    run: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      const end = async (results: readonly string[]) => {
        resolve(results);
        await settle();
      };
      passes.push({
        items,
        end,
        succeed: () => end(items.map((item) => item.toUpperCase())),
        fail: async (error) => {
          reject(error);
          await settle();
        },
      });
      return promise;
    },
  });
  return { batcher, passes, time, batches: () => passes.map(({ items }) => items) };
}

describe('createBatcher', () => {
  it('fills one pass from concurrent callers and gives each their own result', async () => {
    const { batcher, passes, batches } = batcherOver();
    const results = Promise.all(['a', 'b', 'c'].map((item) => batcher.submit(item)));
    expect(batches()).toEqual([['a', 'b', 'c']]);
    await passes[0]!.succeed();
    expect(await results).toEqual(['A', 'B', 'C']);
  });

  it('starts a pass that is not full when its oldest item has waited long enough', async () => {
    const { batcher, passes, batches, time } = batcherOver();
    const first = batcher.submit('a');
    await time.advance(6);
    const second = batcher.submit('b');
    await time.advance(3);
    expect(batches()).toEqual([]);
    await time.advance(1);
    expect(batches()).toEqual([['a', 'b']]);
    await passes[0]!.succeed();
    expect(await Promise.all([first, second])).toEqual(['A', 'B']);
  });

  it('starts at once without a wait, and gathers what comes in behind a running pass', async () => {
    const { batcher, passes, batches } = batcherOver({ maxWaitMs: 0 });
    const results = Promise.all(['a', 'b', 'c', 'd', 'e'].map((item) => batcher.submit(item)));
    expect(batches()).toEqual([['a']]);
    await passes[0]!.succeed();
    expect(batches()).toEqual([['a'], ['b', 'c', 'd']]);
    await passes[1]!.succeed();
    await passes[2]!.succeed();
    expect(batches()).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await results).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('runs one pass at a time, however many items wait', async () => {
    const { batcher, passes, time } = batcherOver();
    const results = Promise.all([...'abcdefg'].map((item) => batcher.submit(item)));
    await time.advance(1_000);
    expect(passes).toHaveLength(1);
    for (let pass = 0; pass < 3; pass++) {
      expect(passes).toHaveLength(pass + 1);
      await passes[pass]!.succeed();
    }
    expect(await results).toEqual([...'ABCDEFG']);
  });

  it('keeps all lanes busy, and shares what waits out to them', async () => {
    const { batcher, passes, batches } = batcherOver({ maxSize: 6, maxWaitMs: 0, lanes: 2 });
    const results = Promise.all([...'abcdefghi'].map((item) => batcher.submit(item)));
    expect(batches()).toEqual([['a'], ['b']]);
    await passes[1]!.succeed();
    expect(batches().slice(2)).toEqual([['c', 'd', 'e', 'f']]);
    await passes[0]!.succeed();
    expect(batches().slice(3)).toEqual([['g', 'h']]);
    await passes[2]!.succeed();
    await passes[3]!.succeed();
    await passes[4]!.succeed();
    expect(await results).toEqual([...'ABCDEFGHI']);
  });

  it('closes when the passes of all lanes are done', async () => {
    const { batcher, passes } = batcherOver({ maxWaitMs: 0, lanes: 2 });
    const results = Promise.all([...'ab'].map((item) => batcher.submit(item)));
    let isClosed = false;
    const closed = batcher.close().then(() => {
      isClosed = true;
    });
    await passes[1]!.succeed();
    expect(isClosed).toBe(false);
    await passes[0]!.succeed();
    await closed;
    expect(await results).toEqual(['A', 'B']);
  });

  it('counts the wait behind a pass towards the wait for others', async () => {
    const { batcher, passes, batches, time } = batcherOver();
    const results = Promise.all([...'abcd'].map((item) => batcher.submit(item)));
    await time.advance(4);
    await passes[0]!.succeed();
    await time.advance(5);
    expect(batches()).toHaveLength(1);
    await time.advance(1);
    expect(batches()).toEqual([['a', 'b', 'c'], ['d']]);
    await passes[1]!.succeed();
    await results;
  });

  it('gives an error to the items of its pass and to no others', async () => {
    const { batcher, passes } = batcherOver();
    const results = Promise.allSettled([...'abcdef'].map((item) => batcher.submit(item)));
    const error = new Error('out of memory');
    await passes[0]!.fail(error);
    await passes[1]!.succeed();
    expect(await results).toEqual([
      ...Array(3).fill({ status: 'rejected', reason: error }),
      ...['D', 'E', 'F'].map((value) => ({ status: 'fulfilled', value })),
    ]);
  });

  it('fails a pass that gives another number of results than it has items', async () => {
    const { batcher, passes } = batcherOver();
    const results = Promise.allSettled([...'abc'].map((item) => batcher.submit(item)));
    await passes[0]!.end(['A', 'B']);
    const reasons = (await results).map((result) => result.status === 'rejected' && result.reason);
    expect(reasons).toEqual(Array(3).fill(expect.any(RangeError)));
  });

  it('goes on after a model that throws before its pass begins', async () => {
    let calls = 0;
    const batcher = createBatcher<string, string>({
      maxSize: 1,
      maxWaitMs: 0,
      run: (items) => {
        calls++;
        if (calls === 1) {
          throw new Error('not loaded');
        }
        return Promise.resolve(items);
      },
    });
    await expect(batcher.submit('a')).rejects.toThrow('not loaded');
    expect(await batcher.submit('b')).toBe('b');
  });

  describe('with a signal', () => {
    it('takes an item out of the queue, and its wait with it', async () => {
      const { batcher, batches, time } = batcherOver();
      const abort = new AbortController();
      const given = batcher.submit('a', { signal: abort.signal });
      await time.advance(6);
      const kept = batcher.submit('b');
      abort.abort(new Error('caller left'));
      await expect(given).rejects.toThrow('caller left');
      await time.advance(9);
      expect(batches()).toEqual([]);
      await time.advance(1);
      expect(batches()).toEqual([['b']]);
      kept.catch(() => {});
    });

    it('leaves no timer behind when the last item goes', async () => {
      const { batcher, time } = batcherOver();
      const abort = new AbortController();
      const given = batcher.submit('a', { signal: abort.signal });
      expect(time.pendingCount()).toBe(1);
      abort.abort();
      await expect(given).rejects.toThrow();
      expect(time.pendingCount()).toBe(0);
    });

    it('ends the wait for a pass that runs, whose other items get their results', async () => {
      const { batcher, passes } = batcherOver({ maxSize: 2 });
      const abort = new AbortController();
      const given = batcher.submit('a', { signal: abort.signal });
      const kept = batcher.submit('b');
      abort.abort(new Error('caller left'));
      await expect(given).rejects.toThrow('caller left');
      await passes[0]!.succeed();
      expect(await kept).toBe('B');
    });

    it('lets go of the signal when the item is done', async () => {
      const { batcher, passes } = batcherOver({ maxSize: 1 });
      const { signal } = new AbortController();
      const result = batcher.submit('a', { signal });
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      await passes[0]!.succeed();
      await result;
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });

    it('refuses an item whose signal is aborted already', async () => {
      const { batcher, time, batches } = batcherOver();
      const signal = AbortSignal.abort(new Error('caller left'));
      await expect(batcher.submit('a', { signal })).rejects.toThrow('caller left');
      await time.advance(100);
      expect(batches()).toEqual([]);
    });
  });

  describe('on close', () => {
    it('runs what waits without delay, and is done when that is', async () => {
      const { batcher, passes, batches } = batcherOver();
      const results = Promise.all([...'abcde'].map((item) => batcher.submit(item)));
      let isClosed = false;
      const closed = batcher.close().then(() => {
        isClosed = true;
      });
      await passes[0]!.succeed();
      expect(batches()).toEqual([
        ['a', 'b', 'c'],
        ['d', 'e'],
      ]);
      expect(isClosed).toBe(false);
      await passes[1]!.succeed();
      await closed;
      expect(await results).toEqual([...'ABCDE']);
    });

    it('takes no more items', async () => {
      const { batcher } = batcherOver();
      await batcher.close();
      await expect(batcher.submit('a')).rejects.toThrow('closed');
    });
  });

  it.each([
    [{ maxSize: 0 }],
    [{ maxSize: 1.5 }],
    [{ maxWaitMs: -1 }],
    [{ maxWaitMs: Number.NaN }],
    [{ lanes: 0 }],
  ])('refuses %j', (options) => {
    expect(() => batcherOver(options)).toThrow(RangeError);
  });
});
