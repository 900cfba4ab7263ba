import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Digest } from './model-entry.ts';
import { ChecksumMismatch } from './staging.ts';

const lockSchema = z.strictObject({
  version: z.literal(1),
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.number() })),
});

/** The digests that were seen at the first pull of files that the catalog cannot pin. */
export type ModelLock = {
  /** The recorded digest of a file, by its path in the cache. */
  read(file: string): Promise<Digest | undefined>;
  /**
   * Records the digest of a file, or enforces the one that is recorded already.
   *
   * @throws ChecksumMismatch where the recorded digest is another one
   */
  record(file: string, digest: Digest): Promise<void>;
};

const GUARD_POLL_MS = 25;
/** A guard this old belongs to a process that died: holding one takes milliseconds. */
const GUARD_STALE_MS = 5_000;

/** Opens a models.lock.json, which need not exist. Several processes may share it. */
export function openModelLock(path: string): ModelLock {
  const load = async (): Promise<z.infer<typeof lockSchema>> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') {
        return undefined;
      }
      throw error;
    });
    return text === undefined ? { version: 1, files: {} } : lockSchema.parse(JSON.parse(text));
  };

  return {
    read: async (file) => (await load()).files[file],
    record: (file, digest) =>
      guarded(path, async () => {
        const lock = await load();
        const recorded = lock.files[file];
        if (recorded !== undefined && recorded.sha256 !== digest.sha256) {
          throw new ChecksumMismatch(
            `${file} has sha256 ${digest.sha256}, not the recorded ${recorded.sha256}`,
          );
        }
        const files = Object.fromEntries(
          Object.entries({ ...lock.files, [file]: digest }).sort(([a], [b]) => (a < b ? -1 : 1)),
        );
        const temporary = `${path}.${randomUUID()}`;
        await writeFile(temporary, `${JSON.stringify({ version: 1, files }, null, 2)}\n`);
        await rename(temporary, path);
      }),
  };
}

/** Runs one read-modify-write at a time among all processes, by exclusive creation of a file. */
async function guarded(path: string, update: () => Promise<void>): Promise<void> {
  const guard = `${path}.guard`;
  await mkdir(dirname(path), { recursive: true });
  while (!(await createExclusively(guard))) {
    if (await isOlderThan(guard, GUARD_STALE_MS)) {
      await rm(guard, { force: true });
    }
    await setTimeout(GUARD_POLL_MS);
  }
  try {
    await update();
  } finally {
    await rm(guard, { force: true });
  }
}

/** Creates an empty file; false where there is one. */
async function createExclusively(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

async function isOlderThan(path: string, ageMs: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > ageMs;
}
