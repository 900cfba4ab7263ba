import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const KILL_GRACE_MS = 2_000;
const STDERR_TAIL_CHARS = 4_096;
const DEFAULT_MAX_STDOUT_CHARS = 1_048_576;
const MAX_LINE_CHARS = 65_536;
/** Of util-linux, on every Linux distribution that we know. */
const PRLIMIT = '/usr/bin/prlimit';
/** All that a child gets of our environment: how to find programs and libraries, no secret. */
const PASSED_VARIABLES = ['PATH', 'LD_LIBRARY_PATH', 'SYSTEMROOT'];

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
  const [file, fileArgs] = underMemoryLimit(command, args, options.maxMemoryBytes);
  const child = spawn(file, fileArgs, {
    env: childEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });

  let ending: 'timed out' | 'wrote too much' | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS);
  };
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
    if (file === PRLIMIT && output.stderrTail.startsWith('prlimit: failed to execute')) {
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
    clearTimeout(killTimer);
    options.signal?.removeEventListener('abort', stop);
  }
}

function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve([exitCode, signal]));
  });
}

function underMemoryLimit(
  command: string,
  args: readonly string[],
  maxMemoryBytes: number | undefined,
): [string, readonly string[]] {
  return maxMemoryBytes !== undefined && existsSync(PRLIMIT)
    ? [PRLIMIT, [`--as=${maxMemoryBytes}`, '--', command, ...args]]
    : [command, args];
}

function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = PASSED_VARIABLES.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    LC_ALL: 'C',
    // Statically linked builds crash on the system's character set modules, which
    // ffprobe loads for the service names in MPEG-TS. Without them it does without.
    GCONV_PATH: '/nonexistent',
  };
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let pending = '';
  return (text) => {
    const lines = (pending + text).split(/\r?\n|\r/);
    pending = (lines.pop() ?? '').slice(-MAX_LINE_CHARS);
    for (const line of lines) {
      onLine(line);
    }
  };
}
