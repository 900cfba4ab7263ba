import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What the driver tells of a GPU at work. */
export type Load = {
  /** Share of the time in which no kernel ran, by the driver's count. */
  readonly idleShare: number | null;
  readonly memoryMb: number | null;
  readonly powerWatts: number | null;
};

const FIELDS = 'utilization.gpu,memory.used,power.draw';
const SAMPLE_MS = 200;
/** The driver counts over up to a second, and of these samples some is from before. */
const SETTLING_SAMPLES = 6;

/**
 * Repeats work for so many seconds while the driver's tool, in a process of its
 * own as a run of a model keeps this one busy, writes what the GPU does.
 */
export async function watchLoad(seconds: number, work: () => Promise<void>): Promise<Load> {
  const args = [`--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits', `-lms`, `${SAMPLE_MS}`];
  const tool = spawn('nvidia-smi', [...args, '-i', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let written = '';
  tool.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const ended = once(tool, 'close').catch(() => undefined);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await work();
  }
  tool.kill();
  await ended;
  return meanLoad(written);
}

/** The means of what the tool wrote, but for its first samples; null of what it does not tell. */
export function meanLoad(written: string): Load {
  const samples = written
    .split('\n')
    .filter((line) => line.includes(','))
    .slice(SETTLING_SAMPLES)
    .map((line) => line.split(',').map((cell) => Number.parseFloat(cell)));
  const mean = (field: number) => {
    const values = samples.map((sample) => sample[field]!).filter(Number.isFinite);
    return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
  };
  const busyPercent = mean(0);
  return {
    idleShare: busyPercent === null ? null : 1 - busyPercent / 100,
    memoryMb: mean(1),
    powerWatts: mean(2),
  };
}
