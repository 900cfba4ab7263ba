import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Measurement } from '../measurements.ts';
import type { SideLine } from './messages.ts';

/** A part of the bench, as a process. */
export type SideProcess = {
  readonly command: readonly string[];
  /** Told as the last argument, in JSON. */
  readonly request: object;
  readonly env: Readonly<Record<string, string>>;
};

/** What came of a part; what it had measured when it failed or ran out of time counts. */
export type SideOutcome = {
  readonly measurements: readonly Measurement[];
  readonly failure?: string;
  /** Of an error that has one, e.g. `GPU_UNAVAILABLE`. */
  readonly code?: string;
  readonly hint?: string;
};

const STDERR_TAIL_CHARACTERS = 600;

/** Runs a part in a process of its own, which is ended when its time is up. */
export async function runSide(
  { command: [program, ...args], request, env }: SideProcess,
  timeoutMs: number,
): Promise<SideOutcome> {
  const child = spawn(program!, [...args, JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const measurements: Measurement[] = [];
  let failed: Omit<SideOutcome, 'measurements'> | undefined;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const said = readLine(line);
    if (said === undefined) {
      return;
    }
    if ('measurement' in said) {
      measurements.push(said.measurement);
    } else {
      failed = said;
    }
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL_CHARACTERS);
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const ended = await Promise.all([
    once(child, 'close').then(([status, signal]) => status ?? signal),
    once(lines, 'close'),
  ]).then(
    ([status]) => status as number | string,
    (error: Error) => error.message,
  );
  clearTimeout(timer);
  if (isLate) {
    return { measurements, failure: 'out of time' };
  }
  if (failed === undefined && ended !== 0) {
    return { measurements, failure: `ended with ${ended}: ${stderr.trim()}` };
  }
  return { measurements, ...failed };
}

/** Undefined for what is no line of a side: libraries write to standard output too. */
function readLine(line: string): SideLine | undefined {
  try {
    const said = JSON.parse(line);
    return typeof said === 'object' && said !== null && ('measurement' in said || 'failure' in said)
      ? said
      : undefined;
  } catch {
    return undefined;
  }
}
