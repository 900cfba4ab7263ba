import { describe, expect, it } from '@jest/globals';
import { createDrain } from '../../../../gpu-container/src/serve/drain.ts';

describe('draining', () => {
  it('is done at once where nothing is in flight, and takes no new work', async () => {
    const drain = createDrain();
    expect(() => drain.refuseNewWork()).not.toThrow();
    await drain.finish(60);
    expect(drain.isDraining()).toBe(true);
    expect(() => drain.refuseNewWork()).toThrow(
      expect.objectContaining({
        status: 503,
        headers: expect.objectContaining({ connection: 'close' }),
      }),
    );
  });

  it('waits for what is in flight, without aborting it', async () => {
    const drain = createDrain();
    const requests = [drain.enter(), drain.enter()];
    let isDone = false;
    const finished = drain.finish(60).then(() => {
      isDone = true;
    });
    requests[0]![Symbol.dispose]();
    requests[0]![Symbol.dispose]();
    await Promise.resolve();
    expect([drain.inFlight(), isDone]).toEqual([1, false]);
    requests[1]![Symbol.dispose]();
    await finished;
    expect(drain.signal.aborted).toBe(false);
  });

  it('aborts what takes longer than the grace, and waits for its end', async () => {
    const drain = createDrain();
    const request = drain.enter();
    drain.signal.addEventListener('abort', () => request[Symbol.dispose]());
    await drain.finish(0.001);
    expect(drain.signal.reason).toMatchObject({ code: 'INTERRUPTED', status: 503 });
  });
});
