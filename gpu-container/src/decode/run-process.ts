import type { ChildProcess } from 'node:child_process';
import {
  lineSplitter,
  PRLIMIT,
  STDERR_TAIL_CHARS,
  spawnConfined,
  stopChild,
} from './confined-child.ts';

const DEFAULT_MAX_STDOUT_CHARS = 1_048_576;

export type ProcessOptions = {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Cap on the child's address space. Enforced on Linux; elsewhere it has no effect. */
  maxMemoryBytes?: number;
  /** More than this on stdout ends the child. */
  maxStdoutChars?: number;
  /** Takes stdout line by line instead of keeping it. */
  onStdoutLine?: (line: string) => void;
  onStderrLine?: (line: string) => void;
};

export type ProcessOutput = { stdout: string; stderrTail: string };

type ProcessFailure = {
  command: string;
  /** Null where a signal ended the child, or where it never started. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  stderrTail: string;
};

/** A child that did not end with exit code 0, in the shape that execa made common. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';
  readonly command: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stderrTail: string;

  constructor(reason: string, failure: ProcessFailure, options?: { cause?: unknown }) {
    super(`${failure.command} ${reason}`, options);
    this.command = failure.command;
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.timedOut = failure.timedOut;
    this.stderrTail = failure.stderrTail;
  }
}

/**
 * Runs a program to its end: no shell, no stdin, next to no environment, bounded
 * in time, memory and output. It is asked to stop by SIGTERM, and made to by
 * SIGKILL two seconds later. When the promise settles the child is gone.
 *
 * @throws {ProcessError} Where the exit code is not 0, or the program cannot start.
 * @throws The signal's reason, where it was aborted.
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessOutput> {
  options.signal?.throwIfAborted();
  const child = spawnConfined(command, args, options.maxMemoryBytes);

  let ending: 'timed out' | 'wrote too much' | undefined;
  const stop = () => stopChild(child);
  const timer = setTimeout(() => {
    ending ??= 'timed out';
    stop();
  }, options.timeoutMs);
  options.signal?.addEventListener('abort', stop, { once: true });

  const output: ProcessOutput = { stdout: '', stderrTail: '' };
  const maxStdoutChars = options.maxStdoutChars ?? DEFAULT_MAX_STDOUT_CHARS;
  const toStdoutLines = options.onStdoutLine && lineSplitter(options.onStdoutLine);
  const toStderrLines = options.onStderrLine && lineSplitter(options.onStderrLine);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (toStdoutLines) {
      toStdoutLines(text);
    } else if (output.stdout.length + text.length <= maxStdoutChars) {
      output.stdout += text;
    } else {
      ending ??= 'wrote too much';
      stop();
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    toStderrLines?.(text);
    output.stderrTail = (output.stderrTail + text).slice(-STDERR_TAIL_CHARS);
  });

  const failureOf = (exitCode: number | null, signal: NodeJS.Signals | null): ProcessFailure => ({
    command,
    exitCode,
    signal,
    timedOut: ending === 'timed out',
    stderrTail: output.stderrTail,
  });
  try {
    const [exitCode, signal] = await ended(child);
    options.signal?.throwIfAborted();
    if (child.spawnfile === PRLIMIT && output.stderrTail.startsWith('prlimit: failed to execute')) {
      throw new Error(`${command} is not a program that can be run`);
    }
    if (exitCode !== 0 || ending !== undefined) {
      throw new ProcessError(
        ending ?? (signal === null ? `exited with ${exitCode}` : `was ended by ${signal}`),
        failureOf(exitCode, signal),
      );
    }
    return output;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof ProcessError
      ? error
      : new ProcessError('could not be started', failureOf(null, null), { cause: error });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}

function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve([exitCode, signal]));
  });
}
