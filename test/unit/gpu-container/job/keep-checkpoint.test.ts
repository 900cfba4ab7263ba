import { describe, expect, it } from '@jest/globals';
import type { ChannelState } from '../../../../gpu-container/src/job/checkpoint.ts';
import { createCheckpointKeeper } from '../../../../gpu-container/src/job/keep-checkpoint.ts';
import { sampleChannel } from './sample-channel.ts';

function statesAfter(utterances: number): ChannelState[] {
  const says = Array.from({ length: utterances }, (_, at) => [at, at + 1, 'Hm.'] as const);
  return [{ state: sampleChannel({ language: null, says }).state }];
}

/** Stores in a list, and so slowly that the next states come too soon to be stored. */
function keeper(signal = new AbortController().signal) {
  const saved: (readonly ChannelState[])[] = [];
  const save = async (states: readonly ChannelState[]) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    saved.push(states);
  };
  return { saved, ...createCheckpointKeeper(save, [], { signal, log: { warn: () => {} } }) };
}

describe('the keeper of a checkpoint', () => {
  it('stores the first states at once, and not each of those that follow fast', async () => {
    const { saved, keep } = keeper();
    const [first, second] = [statesAfter(1), statesAfter(2)];
    await keep(first);
    await keep(second);

    expect(saved).toEqual([first]);
  });

  it('stores what it was told last when asked to, once', async () => {
    const { saved, keep, settle } = keeper();
    const [first, second, third] = [statesAfter(1), statesAfter(2), statesAfter(3)];
    await keep(first);
    await keep(second);
    await keep(third);
    await settle();
    await settle();

    expect(saved).toEqual([first, third]);
  });

  it('stores at once where the work is being stopped', async () => {
    const stop = new AbortController();
    const { saved, keep } = keeper(stop.signal);
    const [first, second] = [statesAfter(1), statesAfter(2)];
    await keep(first);
    stop.abort();
    await keep(second);

    expect(saved).toEqual([first, second]);
  });

  it('costs nothing but a warning where it cannot store', async () => {
    const warnings: unknown[] = [];
    const reason = new Error('S3 is away');
    const { keep } = createCheckpointKeeper(() => Promise.reject(reason), [], {
      signal: new AbortController().signal,
      log: { warn: (entry: unknown) => warnings.push(entry) },
    });
    await keep(statesAfter(1));

    expect(warnings).toEqual([{ err: reason }]);
  });
});
