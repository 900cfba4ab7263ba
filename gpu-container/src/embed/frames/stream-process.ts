import {
  lineSplitter,
  STDERR_TAIL_CHARS,
  spawnConfined,
  stopChild,
} from '../../decode/confined-child.ts';
import { ProcessError } from '../../decode/run-process.ts';

export type StreamProcessOptions = {
  /** Time that may be spent waiting for the child; while nobody reads, none passes. */
  timeoutMs: number;
  /** Cap on the child's address space. Enforced on Linux; elsewhere it has no effect. */
  maxMemoryBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  onStderrLine: (line: string) => void;
};

/** A running program whose stdout is read in pieces of known size. */
export type StreamProcess = AsyncDisposable & {
  /** The next `size` bytes of stdout; null at its end. */
  read(size: number): Promise<Uint8Array | null>;
  /** Waits for `ready` to turn true, which stderr lines make it; false where the child ended first. */
  until(ready: () => boolean): Promise<boolean>;
  /**
   * Waits for the end of a child that has nothing more to say.
   *
   * @throws {ProcessError} Where the exit code is not 0.
   */
  ended(): Promise<void>;
};

/**
 * Starts a program as runProcess does (no shell, no stdin, next to no environment,
 * bounded in time and memory), but hands out its stdout as bytes, as fast as they
 * are read and no faster: pictures never pile up in memory or on disk. Disposing
 * of it stops the child and waits until it is gone.
 */
export function startStreamProcess(
  command: string,
  args: readonly string[],
  options: StreamProcessOptions,
): StreamProcess {
  options.signal?.throwIfAborted();
  const child = spawnConfined(command, args, options.maxMemoryBytes);

  let stderrTail = '';
  const toLines = lineSplitter(options.onStderrLine);
  let wake: (() => void) | undefined;
  let isStderrDone = false;
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => {
      stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARS);
      toLines(text);
      wake?.();
    })
    .on('close', () => {
      isStderrDone = true;
      wake?.();
    });

  let startError: unknown;
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('error', (error) => {
      startError = error;
      resolve([null, null]);
    });
    child.once('close', (exitCode, signal) => resolve([exitCode, signal]));
  });

  const stop = () => stopChild(child);
  options.signal?.addEventListener('abort', stop, { once: true });

  let remainingMs = options.timeoutMs;
  let isTimedOut = false;
  /** Waits for something of the child's at the expense of its time. */
  const charged = async <T>(wait: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const timer = setTimeout(
      () => {
        isTimedOut = true;
        stop();
      },
      Math.max(0, remainingMs),
    );
    try {
      return await wait;
    } finally {
      clearTimeout(timer);
      remainingMs -= performance.now() - startedAt;
      options.signal?.throwIfAborted();
    }
  };

  const pieces = child.stdout.iterator({ destroyOnReturn: false });
  let left = new Uint8Array(0);
  const readWhole = async (size: number): Promise<Uint8Array | null> => {
    const whole = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      if (left.length === 0) {
        const next = await pieces.next();
        if (next.done) {
          return null;
        }
        left = next.value as Uint8Array<ArrayBuffer>;
      }
      const taken = left.subarray(0, size - at);
      whole.set(taken, at);
      at += taken.length;
      left = left.subarray(taken.length);
    }
    return whole;
  };

  const waitUntil = async (ready: () => boolean): Promise<boolean> => {
    while (!ready() && !isStderrDone) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return ready();
  };

  return {
    read: (size) => charged(readWhole(size)),
    until: (ready) => charged(waitUntil(ready)),
    async ended() {
      child.stdout.resume();
      const [exitCode, signal] = await charged(closed);
      if (startError !== undefined || stderrTail.startsWith('prlimit: failed to execute')) {
        const failure = { command, exitCode: null, signal: null, timedOut: false, stderrTail };
        throw new ProcessError('could not be started', failure, { cause: startError });
      }
      if (exitCode !== 0 || isTimedOut) {
        const reason = signal === null ? `exited with ${exitCode}` : `was ended by ${signal}`;
        const failure = { command, exitCode, signal, timedOut: isTimedOut, stderrTail };
        throw new ProcessError(isTimedOut ? 'timed out' : reason, failure);
      }
    },
    async [Symbol.asyncDispose]() {
      options.signal?.removeEventListener('abort', stop);
      stop();
      child.stdout.destroy();
      await closed;
    },
  };
}
