import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readAllocatorSettings } from '../../local/stack/worker-image.ts';
import { pinnedCommand } from './processor-cores.ts';
import type { SideInput, SideJob, SideMessage } from './side-messages.ts';

/** What a side made of an input. A crash counts as no text. */
export type SideResult = { seconds: number; text: string; failure?: string };

/** The programs of the sides. */
export const SIDE_SCRIPTS = {
  ours: join(import.meta.dirname, 'ours.ts'),
  peer: join(import.meta.dirname, 'peer.ts'),
};

export type SideReport = { results: Map<string, SideResult>; peakRssMb: number };

/** A side that takes longer than this for an input hangs. */
const MIN_LIMIT_SECONDS = 600;
const LIMIT_PER_MEDIA_SECOND = 5;
const STDERR_TAIL_CHARACTERS = 2_000;

/**
 * Runs a side in a process of its own, on as many cores as it may have threads,
 * and starts it again after an input that it died on.
 *
 * @param script one of SIDE_SCRIPTS
 * @throws Error where it dies before its first input
 */
export async function runSide(
  script: string,
  job: SideJob,
  onMessage: (message: SideMessage) => void = () => {},
): Promise<SideReport> {
  const report: SideReport = { results: new Map(), peakRssMb: 0 };
  const left = () => job.inputs.filter(({ name }) => !report.results.has(name));
  while (left().length > 0) {
    await runProcess(script, { ...job, inputs: left() }, report, onMessage);
  }
  return report;
}

async function runProcess(
  script: string,
  job: SideJob,
  report: SideReport,
  onMessage: (message: SideMessage) => void,
): Promise<void> {
  const child = await startChild(script, job.threads);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL_CHARACTERS);
  });
  let current: { input: SideInput; startedAt: number } | undefined;
  let limit: NodeJS.Timeout | undefined;
  child.on('message', (message: SideMessage) => {
    onMessage(message);
    if (message.event === 'waiting') {
      child.send(job);
    } else if (message.event === 'begin') {
      const input = job.inputs.find(({ name }) => name === message.name)!;
      current = { input, startedAt: performance.now() };
      limit = setTimeout(() => child.kill('SIGKILL'), limitMs(input));
    } else if (message.event === 'sample') {
      report.peakRssMb = Math.max(report.peakRssMb, message.rssMb);
    } else if (message.event === 'end' || message.event === 'failure') {
      clearTimeout(limit);
      current = undefined;
      report.peakRssMb = Math.max(report.peakRssMb, message.peakRssMb);
      report.results.set(message.name, {
        seconds: message.seconds,
        text: message.event === 'end' ? message.text : '',
        ...(message.event === 'failure' && { failure: message.message }),
      });
    }
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(limit);
  if (current !== undefined) {
    const seconds = (performance.now() - current.startedAt) / 1000;
    const failure = `the process ended with ${signal ?? code}`;
    report.results.set(current.input.name, { seconds, text: '', failure });
  } else if (job.inputs.some(({ name }) => !report.results.has(name))) {
    throw new Error(`${script} ended with ${signal ?? code} before it began: ${stderr}`);
  }
}

async function startChild(script: string, threads: number): Promise<ChildProcess> {
  const [command, ...args] = pinnedCommand([process.execPath, script], threads);
  const settings = script === SIDE_SCRIPTS.ours ? await readAllocatorSettings() : {};
  return spawn(command!, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...settings },
  });
}

function limitMs({ seconds }: SideInput): number {
  return Math.max(MIN_LIMIT_SECONDS, seconds * LIMIT_PER_MEDIA_SECOND) * 1000;
}
