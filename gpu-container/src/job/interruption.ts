import { ReelscribeError } from '#contracts/errors.ts';
import { EXIT_CODES } from '#contracts/exit-codes.ts';

/** Well within the stop timeout of the container, after which the process is killed without a word. */
const GRACE_SECONDS = 20;

/**
 * Aborts on the signals with which a machine is taken away. What has not
 * stopped by the end of the grace (a model that loads, a connection that hangs)
 * is left behind: the next attempt needs the exit code of a passing failure.
 */
export function interruption(
  host: Pick<NodeJS.Process, 'on' | 'exit'>,
  graceSeconds = GRACE_SECONDS,
): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    host.on(signal, () => {
      controller.abort(new ReelscribeError('INTERRUPTED'));
      setTimeout(() => host.exit(EXIT_CODES.TRANSIENT), graceSeconds * 1000).unref();
    });
  }
  return controller.signal;
}
