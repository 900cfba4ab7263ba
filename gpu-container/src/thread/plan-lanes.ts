import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Beyond these, cores serve better inside the lanes. */
const MAX_LANES = 4;
/** Every lane loads the model once more. */
const MODEL_MEMORY_SHARE = 0.25;
const MAX_CORES = 16;

/** How work on one model is shared out to threads. */
export type LanePlan = {
  /** Threads that have the model loaded, each by itself. */
  readonly lanes: number;
  /** Threads inside an operator, of each lane. */
  readonly threads: number;
  /** Memory that there is for each lane. */
  readonly freeBytes: number;
};

export type LanePlanOptions = {
  /** The model's folder. */
  readonly dir: string;
  readonly device?: 'cpu' | 'cuda' | undefined;
  /** Default: those that this process may use, at most 16. */
  readonly cores?: number | undefined;
};

/**
 * As many lanes as the machine has use and memory for. On a CPU two of one thread do
 * more than one of two, since neither ever waits for the other; a GPU has one.
 */
export async function planLanes({
  dir,
  device,
  cores = Math.min(MAX_CORES, availableParallelism()),
}: LanePlanOptions): Promise<LanePlan> {
  const freeBytes = process.availableMemory();
  const affordable = Math.floor((freeBytes * MODEL_MEMORY_SHARE) / (await folderBytes(dir)));
  const lanes = device === 'cuda' ? 1 : Math.max(1, Math.min(MAX_LANES, cores, affordable));
  return {
    lanes,
    threads: Math.max(1, Math.floor(cores / lanes)),
    freeBytes: freeBytes / lanes,
  };
}

async function folderBytes(dir: string): Promise<number> {
  const files = await readdir(dir);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(dir, file))).size));
  return sizes.reduce((sum, size) => sum + size, 1);
}
