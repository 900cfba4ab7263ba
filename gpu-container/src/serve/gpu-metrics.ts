import type { GpuMetrics } from '#contracts/service.ts';
import { type ProcessOutput, runProcess } from '../decode/run-process.ts';

const TIMEOUT_MS = 5_000;
/** Asking starts a process; those who ask often get what was read shortly before. */
const FRESH_MS = 2_000;

const QUERY = [
  '--query-gpu=index,name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw',
  '--format=csv,noheader,nounits',
];

/** Tells what the GPUs of the machine are doing. */
export type GpuMonitor = {
  /** As nvidia-smi tells it now; no GPUs where there is none, or it does not answer. */
  read(): Promise<GpuMetrics>;
  /** Whether the last reading had a GPU. */
  isAvailable(): boolean;
};

type RunTool = (
  command: string,
  args: readonly string[],
  options: { timeoutMs: number },
) => Promise<Pick<ProcessOutput, 'stdout'>>;

export function createGpuMonitor(
  run: RunTool = runProcess,
  now: () => number = () => performance.now(),
): GpuMonitor {
  let isAvailable = false;
  let latest: { at: number; reading: Promise<GpuMetrics> } | undefined;

  const ask = async (): Promise<GpuMetrics> => {
    const metrics = await run('nvidia-smi', QUERY, { timeoutMs: TIMEOUT_MS }).then(
      ({ stdout }) => parseGpuMetrics(stdout),
      () => ({ gpus: [] }),
    );
    isAvailable = metrics.gpus.length > 0;
    return metrics;
  };

  return {
    read() {
      if (latest === undefined || now() - latest.at >= FRESH_MS) {
        latest = { at: now(), reading: ask() };
      }
      return latest.reading;
    },
    isAvailable: () => isAvailable,
  };
}

/** Reads the lines that nvidia-smi writes for {@link QUERY}; `[N/A]` and its like become null. */
export function parseGpuMetrics(csv: string): GpuMetrics {
  const rows = csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter(([index]) => /^\d+$/.test(index ?? ''));
  return {
    gpus: rows.map(([index, name = '', utilization, used, total, temperature, power]) => ({
      index: Number(index),
      name,
      utilization_percent: measure(utilization),
      memory_used_mib: measure(used),
      memory_total_mib: measure(total),
      temperature_celsius: measure(temperature),
      power_watts: measure(power),
    })),
  };
}

function measure(cell = ''): number | null {
  return /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}
