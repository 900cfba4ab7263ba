import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';

/** Node tells there of every thread that is started. */
const THREADS_CHANNEL = 'worker_threads';

/** Runs something and hands every thread that is started meanwhile to a listener. */
export async function withThreads<Result>(
  onThread: (thread: Worker) => void,
  run: () => Promise<Result>,
): Promise<Result> {
  const listener = (message: unknown) => onThread((message as { worker: Worker }).worker);
  subscribe(THREADS_CHANNEL, listener);
  try {
    return await run();
  } finally {
    unsubscribe(THREADS_CHANNEL, listener);
  }
}

/** Whether a thread has ended: it has no id then. */
export function hasEnded({ threadId }: Worker): boolean {
  return threadId === -1;
}
