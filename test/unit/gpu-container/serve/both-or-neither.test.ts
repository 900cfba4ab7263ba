import { describe, expect, it } from '@jest/globals';
import { bothOrNeither } from '../../../../gpu-container/src/serve/both-or-neither.ts';

const NEVER = new AbortController().signal;

/** Goes on until it is told to end. */
function endless(signal: AbortSignal, onEnd: () => void): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => {
    onEnd();
    reject(signal.reason);
  });
  return promise;
}

describe('two things done for one answer', () => {
  it('have both results', async () => {
    const both = bothOrNeither(
      NEVER,
      async () => 1,
      async () => 'two',
    );
    expect(await both).toEqual([1, 'two']);
  });

  it('end together with the error of the first that fails, after the other has ended', async () => {
    let hasEnded = false;
    const both = bothOrNeither(
      NEVER,
      (signal) =>
        endless(signal, () => {
          hasEnded = true;
        }),
      async () => {
        throw new Error('failed');
      },
    );
    await expect(both).rejects.toThrow('failed');
    expect(hasEnded).toBe(true);
  });

  it('end with the reason of the request that is aborted', async () => {
    const gone = new AbortController();
    const both = bothOrNeither(
      gone.signal,
      (signal) => endless(signal, () => {}),
      (signal) => endless(signal, () => {}),
    );
    gone.abort(new Error('gone'));
    await expect(both).rejects.toThrow('gone');
  });
});
