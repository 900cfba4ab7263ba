import type { GpuMetrics } from '#contracts/service.ts';
import { type GpuReading, readGpus } from './nvidia-smi.ts';

/** Asking starts a process; those who ask often get what was read shortly before. */
const FRESH_MS = 2_000;

/** Tells what the GPUs of the machine are doing. */
export type GpuMonitor = {
  /** As they are now; no GPUs where there is none, or nothing tells of it. */
  read(): Promise<GpuMetrics>;
  /** Whether the last reading had a GPU. */
  isAvailable(): boolean;
};

export function createGpuMonitor(
  readings: () => Promise<GpuReading[]> = readGpus,
  now: () => number = () => performance.now(),
): GpuMonitor {
  let isAvailable = false;
  let latest: { at: number; reading: Promise<GpuMetrics> } | undefined;

  const ask = async (): Promise<GpuMetrics> => {
    const gpus = await readings();
    isAvailable = gpus.length > 0;
    return { gpus };
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
