import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { freeGpuBytes } from '../gpu/nvidia-smi.ts';

/** Beyond these, cores serve better inside the lanes. */
const MAX_LANES = 4;
/** Every lane loads the model once more. */
const MODEL_MEMORY_SHARE = 0.25;
/** On a GPU nothing else wants memory while a job runs. */
const GPU_MODEL_MEMORY_SHARE = 0.5;
const MAX_CORES = 16;

/**
 * What a GPU holds of a model, in folders of it: its weights, those of its decoder once
 * more for the times of words, and what the runtime keeps beside.
 */
const GPU_FOLDERS_PER_LANE = 2;
/** What the smallest GPU that the deployment may start has, where nothing tells. */
const ASSUMED_GPU_BYTES = 12 * 2 ** 30;

/** How work on one model is shared out to threads. */
export type LanePlan = {
  /** Threads that have the model loaded, each by itself. */
  readonly lanes: number;
  /** Threads inside an operator, of each lane. */
  readonly threads: number;
  /** Memory that there is for each lane, of the device that it computes on. */
  readonly freeBytes: number;
};

export type LanePlanOptions = {
  /** The model's folder. */
  readonly dir: string;
  readonly device?: 'cpu' | 'cuda' | undefined;
  /** Default: those that this process may use, at most 16. */
  readonly cores?: number | undefined;
  /** Lanes that a GPU has use for: while it works for one, the CPU does for another. Default 1. */
  readonly gpuLanes?: number;
  /** Tells what memory of the GPU is free, in bytes. Default: as nvidia-smi tells. */
  readonly gpuMemory?: () => Promise<number | undefined>;
};

/**
 * As many lanes as the machine has use and memory for. On a CPU two of one thread do
 * more than one of two, since neither ever waits for the other.
 */
export async function planLanes({
  dir,
  device,
  cores = Math.min(MAX_CORES, availableParallelism()),
  gpuLanes = 1,
  gpuMemory = freeGpuBytes,
}: LanePlanOptions): Promise<LanePlan> {
  const modelBytes = await folderBytes(dir);
  const plan = (lanes: number, freeBytes: number): LanePlan => ({
    lanes,
    threads: Math.max(1, Math.floor(cores / lanes)),
    freeBytes: freeBytes / lanes,
  });
  if (device === 'cuda') {
    const gpuBytes = (await gpuMemory()) ?? ASSUMED_GPU_BYTES;
    const laneBytes = GPU_FOLDERS_PER_LANE * modelBytes;
    const lanes = lanesWithin(gpuBytes * GPU_MODEL_MEMORY_SHARE, laneBytes, gpuLanes);
    return plan(lanes, Math.max(0, gpuBytes - lanes * laneBytes));
  }
  const freeBytes = process.availableMemory();
  const most = Math.min(MAX_LANES, cores);
  return plan(lanesWithin(freeBytes * MODEL_MEMORY_SHARE, modelBytes, most), freeBytes);
}

function lanesWithin(bytes: number, bytesPerLane: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(bytes / bytesPerLane)));
}

async function folderBytes(dir: string): Promise<number> {
  const files = await readdir(dir);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(dir, file))).size));
  return sizes.reduce((sum, size) => sum + size, 1);
}
