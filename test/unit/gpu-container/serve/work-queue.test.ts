import { describe, expect, it } from '@jest/globals';
import { createWorkQueue } from '../../../../gpu-container/src/serve/work-queue.ts';

const NEVER = new AbortController().signal;

describe('a queue of heavy work', () => {
  it('works on so many at once, and lets the others wait in their order', async () => {
    const queue = createWorkQueue('test', { concurrency: 1, maxWaiting: 2 });
    const order: number[] = [];
    const first = Promise.withResolvers<void>();
    const runs = [1, 2, 3].map((number) =>
      queue.reserve().run(NEVER, async () => {
        order.push(number);
        await (number === 1 ? first.promise : undefined);
      }),
    );
    await Promise.resolve();
    expect(order).toEqual([1]);
    expect([queue.active(), queue.waiting()]).toEqual([1, 2]);
    first.resolve();
    await Promise.all(runs);
    expect(order).toEqual([1, 2, 3]);
  });

  it('refuses more than there are places with 503 and when to come again, before any work', () => {
    const queue = createWorkQueue('test', { concurrency: 1, maxWaiting: 1 });
    const held = [queue.reserve(), queue.reserve()];
    expect(() => queue.reserve()).toThrow(
      expect.objectContaining({
        code: 'SERVICE_UNAVAILABLE',
        status: 503,
        headers: { 'retry-after': '10' },
      }),
    );
    held[0]![Symbol.dispose]();
    held[0]![Symbol.dispose]();
    queue.reserve();
    expect(() => queue.reserve()).toThrow();
  });

  it('gives up the wait of a request that is aborted, and never begins its work', async () => {
    const queue = createWorkQueue('test', { concurrency: 1, maxWaiting: 1 });
    const first = Promise.withResolvers<void>();
    const running = queue.reserve().run(NEVER, () => first.promise);
    const gone = new AbortController();
    let hasBegun = false;
    const waiting = queue.reserve().run(gone.signal, async () => {
      hasBegun = true;
    });
    const reason = new Error('gone');
    gone.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    first.resolve();
    await running;
    await new Promise(setImmediate);
    expect(hasBegun).toBe(false);
  });

  it('waits for the end of work that was aborted once it had begun', async () => {
    const queue = createWorkQueue('test', { concurrency: 1, maxWaiting: 0 });
    const stop = new AbortController();
    const steps: string[] = [];
    const lastStep = Promise.withResolvers<void>();
    const run = queue
      .reserve()
      .run(stop.signal, async () => {
        await lastStep.promise;
        steps.push('last step');
        stop.signal.throwIfAborted();
      })
      .catch((error) => steps.push(error.message));
    await Promise.resolve();
    await Promise.resolve();
    stop.abort(new Error('stopped'));
    lastStep.resolve();
    await run;
    expect(steps).toEqual(['last step', 'stopped']);
  });
});
