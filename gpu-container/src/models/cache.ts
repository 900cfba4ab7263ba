import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { KeepFile } from './download.ts';
import type { ModelLock } from './lock-file.ts';
import { contentKey, type Digest, type ModelEntry, type ModelFile } from './model-entry.ts';

export type FileState = { name: string; path: string; state: 'ok' | 'missing' | 'corrupt' };

/** Models on the disk: `<cacheDir>/<id>/<content key>/<file>`. */
export type ModelCache = {
  /** A folder on the cache's own filesystem, so that files can be renamed into place. */
  temporaryRoot: string;
  dirOf(entry: ModelEntry): string;
  /** Absolute path of a catalog file. */
  pathOf(entry: ModelEntry, name: string): string;
  /** What a file must be, from the catalog or else from the lock. */
  expected(entry: ModelEntry, file: ModelFile): Promise<Digest | undefined>;
  /** The state of each file of an entry, in its order; by size, or by sha256 with `rehash`. */
  inspect(entry: ModelEntry, rehash: boolean): Promise<FileState[]>;
  /** Moves verified files of an entry into place, in one step each. */
  keeper(entry: ModelEntry): KeepFile;
};

const PROGRAM_MODE = 0o755;
const DATA_MODE = 0o644;

export function openModelCache(cacheDir: string, lock: ModelLock): ModelCache {
  const fileNamed = (entry: ModelEntry, name: string): ModelFile => {
    const file = entry.files.find((candidate) => candidate.name === name);
    if (file === undefined) {
      throw new Error(`model ${entry.id} has no file ${name}`);
    }
    return file;
  };
  const lockKey = (entry: ModelEntry, file: ModelFile): string =>
    `${entry.id}/${contentKey(entry)}/${file.name}`;
  const dirOf = (entry: ModelEntry): string => join(cacheDir, entry.id, contentKey(entry));
  const pathOf = (entry: ModelEntry, name: string): string =>
    join(dirOf(entry), fileNamed(entry, name).name);
  const expected = async (entry: ModelEntry, file: ModelFile): Promise<Digest | undefined> =>
    file.pin ?? (await lock.read(lockKey(entry, file)));

  return {
    temporaryRoot: join(cacheDir, '.partial'),
    dirOf,
    pathOf,
    expected,
    inspect: async (entry, rehash) => {
      const states: FileState[] = [];
      for (const file of entry.files) {
        const path = pathOf(entry, file.name);
        const state = await stateOf(path, await expected(entry, file), rehash);
        states.push({ name: file.name, path, state });
      }
      return states;
    },
    keeper: (entry) => async (name, temporaryPath, digest) => {
      const file = fileNamed(entry, name);
      if (file.pin === undefined) {
        await lock.record(lockKey(entry, file), digest);
      }
      await chmod(temporaryPath, file.executable ? PROGRAM_MODE : DATA_MODE);
      await mkdir(dirOf(entry), { recursive: true });
      await rename(temporaryPath, pathOf(entry, name));
    },
  };
}

async function stateOf(
  path: string,
  expected: Digest | undefined,
  rehash: boolean,
): Promise<FileState['state']> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (stats === undefined) {
    return 'missing';
  }
  // A file of which nothing is known was put there by someone else.
  if (!stats.isFile() || stats.size !== expected?.bytes) {
    return 'corrupt';
  }
  return rehash && (await sha256Of(path)) !== expected.sha256 ? 'corrupt' : 'ok';
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
