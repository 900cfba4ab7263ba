import type { Logger } from '../log/logger.ts';
import type { ChannelState } from './checkpoint.ts';

/** Of the time of a transcription, what storing it may take. */
const CHECKPOINT_TIME_SHARE = 0.05;

/** Decides when the states of a transcription are stored. */
export type CheckpointKeeper = {
  /** Takes note of states, and stores them where it is time to. */
  keep(states: readonly ChannelState[]): Promise<void>;
  /** Stores the states that were told last, where they are not stored yet. */
  settle(): Promise<void>;
};

/**
 * Stores states after every batch, unless that would take too large a share of
 * the time, and always before an interruption takes effect. A state that cannot
 * be stored costs nothing but a warning.
 *
 * @param resumedFrom what is stored already
 */
export function createCheckpointKeeper(
  save: (states: readonly ChannelState[]) => Promise<void>,
  resumedFrom: readonly ChannelState[],
  { signal, log }: { signal: AbortSignal; log: Pick<Logger, 'warn'> },
): CheckpointKeeper {
  let told = resumedFrom;
  let stored = resumedFrom;
  let next = 0;

  const settle = async () => {
    if (told === stored) {
      return;
    }
    const start = performance.now();
    const states = told;
    try {
      await save(states);
      stored = states;
      const end = performance.now();
      next = end + (end - start) / CHECKPOINT_TIME_SHARE;
    } catch (err) {
      log.warn({ err }, 'the checkpoint could not be stored');
    }
  };
  return {
    settle,
    async keep(states) {
      told = states;
      if (signal.aborted || performance.now() >= next) {
        await settle();
      }
    },
  };
}
