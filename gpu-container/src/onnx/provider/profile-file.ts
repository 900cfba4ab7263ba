import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Placement, readPlacement } from './placement.ts';

/** Where a session writes its profile. */
export type ProfileFile = AsyncDisposable & {
  /** What onnxruntime adds the time and `.json` to. */
  readonly prefix: string;
  /**
   * Reads what a session wrote whose profiling has ended.
   *
   * @throws Error where it wrote nothing, or no run
   */
  read(): Promise<Placement>;
};

/** Makes room for a profile: up to a kilobyte for each node that runs, for a moment. */
export async function openProfileFile(): Promise<ProfileFile> {
  const dir = await mkdtemp(join(tmpdir(), 'reelscribe-profile-'));
  return {
    prefix: join(dir, 'run'),
    read: async () => {
      const [file] = await readdir(dir);
      if (file === undefined) {
        throw new Error('onnxruntime wrote no profile');
      }
      return await readPlacement(createInterface({ input: createReadStream(join(dir, file)) }));
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}
