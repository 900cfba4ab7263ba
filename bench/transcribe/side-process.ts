import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { SideJob, SideMessage, Transcribe } from './side-messages.ts';

/**
 * What a side's process does: waits for its job, loads, warms up, and transcribes
 * one input after another. Loading and warming up are left out of the times.
 */
export async function serveSide(open: (job: SideJob) => Promise<Transcribe>): Promise<void> {
  tell({ event: 'waiting' });
  const [job] = (await once(process, 'message')) as [SideJob];
  const transcribe = await open(job);
  await transcribe(job.warmUp);
  for (const input of job.inputs) {
    const { name } = input;
    tell({ event: 'begin', name });
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    try {
      const text = await transcribe(input);
      tell({ event: 'end', name, seconds: seconds(), text, peakRssMb: peakRssMb() });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      tell({ event: 'failure', name, seconds: seconds(), message, peakRssMb: peakRssMb() });
    }
  }
  // Threads of the models would keep the process alive.
  process.send!({ event: 'done' } satisfies SideMessage, () => process.exit());
}

export function tell(message: SideMessage): void {
  process.send!(message);
}

/**
 * Most memory that this process has had resident, in MiB. The kernel's own mark
 * is read where there is one, as the resource usage of a process starts with that
 * of its parent.
 */
export function peakRssMb(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(processStatus())?.[1];
  return Number(kilobytes ?? process.resourceUsage().maxRSS) / 1024;
}

function processStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
