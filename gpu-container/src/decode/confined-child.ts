import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** From the request to end until the child is made to. */
const KILL_GRACE_MS = 2_000;
/** What is kept of what a child writes on stderr. */
export const STDERR_TAIL_CHARS = 4_096;
const MAX_LINE_CHARS = 65_536;
/** Of util-linux, on every Linux distribution that we know. */
export const PRLIMIT = '/usr/bin/prlimit';
/** All that a child gets of our environment: how to find programs and libraries, no secret. */
const PASSED_VARIABLES = ['PATH', 'LD_LIBRARY_PATH', 'SYSTEMROOT'];

/**
 * Starts a program that is not to be trusted with what it reads: no shell, no
 * stdin, next to no environment.
 *
 * @param maxMemoryBytes cap on its address space. Enforced on Linux; elsewhere it has no effect.
 */
export function spawnConfined(
  command: string,
  args: readonly string[],
  maxMemoryBytes: number | undefined,
): ChildProcessByStdio<null, Readable, Readable> {
  const [file, fileArgs] = underMemoryLimit(command, args, maxMemoryBytes);
  return spawn(file, fileArgs, {
    env: childEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

/** Asks a child to end by SIGTERM, and makes it two seconds later. */
export function stopChild(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS);
  child.once('close', () => clearTimeout(timer));
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

/** Makes lines of pieces of text; of a line that does not end, its end is kept. */
export function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let pending = '';
  return (text) => {
    const lines = (pending + text).split(/\r?\n|\r/);
    pending = (lines.pop() ?? '').slice(-MAX_LINE_CHARS);
    for (const line of lines) {
      onLine(line);
    }
  };
}
