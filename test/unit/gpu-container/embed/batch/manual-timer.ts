import type { Timer } from '../../../../../gpu-container/src/embed/batch/batcher.ts';
import { createManualClock } from '../../../../environment/manual-clock.ts';

/** Timers that go off when the time is moved to them. */
export function createManualTimer() {
  const clock = createManualClock();
  const now = () => clock.now().getTime();
  const pending = new Set<{ dueAtMs: number; callback: () => void }>();

  const timer: Timer = (callback, milliseconds) => {
    const entry = { dueAtMs: now() + milliseconds, callback };
    pending.add(entry);
    return () => pending.delete(entry);
  };

  return {
    now,
    timer,
    pendingCount: () => pending.size,
    /** Moves the time, and lets everything run that follows from it. */
    advance: async (milliseconds: number) => {
      clock.advance(milliseconds / 1_000);
      for (const entry of [...pending].filter(({ dueAtMs }) => dueAtMs <= now())) {
        pending.delete(entry);
        entry.callback();
      }
      await settle();
    },
  };
}

/** Lets the promises run that can. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
