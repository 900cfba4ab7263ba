import { mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';

/**
 * Makes a folder a cache of these models and no others, by links to where they
 * are, so that what a test does to it stays out of the cache that people use.
 */
export async function linkModels(cacheDir: string, ids: readonly string[]): Promise<void> {
  const store = modelStoreFromEnvironment();
  for (const id of ids) {
    const { dir } = await store.pull(id);
    await mkdir(join(cacheDir, id), { recursive: true });
    await symlink(dir, join(cacheDir, id, basename(dir)));
  }
}
