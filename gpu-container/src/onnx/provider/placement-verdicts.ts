import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Placement, placementSchema } from './placement.ts';

/** Where models turned out to run, on the local disk; to lose it costs a profile. */
export type VerdictStore = {
  /** What was found before; undefined where nothing was, or it cannot be read. */
  read(key: string): Promise<Placement | undefined>;
  /** @throws what the disk throws */
  keep(key: string, placement: Placement): Promise<void>;
};

export function openVerdictStore(dir: string): VerdictStore {
  const pathOf = (key: string) => join(dir, `${key}.json`);
  return {
    read: async (key) => {
      try {
        return placementSchema.parse(JSON.parse(await readFile(pathOf(key), 'utf8')));
      } catch {
        return undefined;
      }
    },
    keep: async (key, placement) => {
      await mkdir(dir, { recursive: true });
      // In one step: two threads may find out the same at once.
      const temporary = join(dir, `${key}.${randomUUID()}`);
      await writeFile(temporary, JSON.stringify(placement));
      await rename(temporary, pathOf(key));
    },
  };
}
