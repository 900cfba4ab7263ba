import { readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { openLanes } from '../../../../../gpu-container/src/transcribe/lanes/open-lanes.ts';
import type { RecognizerSource } from '../../../../../gpu-container/src/transcribe/open-recognizer.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { hasEnded, withThreads } from './lane-threads.ts';

const TEBIBYTE = 2 ** 40;

describe('openLanes', () => {
  let source: RecognizerSource;

  beforeAll(async () => {
    const { dir } = await modelStoreFromEnvironment().pull('moonshine-tiny');
    source = { family: 'moonshine', modelId: 'moonshine-tiny', dir };
  });

  /** The threads that opening lanes starts, while they are there. */
  async function threadsOf(opened: RecognizerSource, cores: number): Promise<number> {
    const threads: Worker[] = [];
    const lanes = await withThreads(
      (thread) => threads.push(thread),
      () => openLanes(opened, cores),
    );
    // A lane of this model takes one window at once.
    expect(lanes.batchSize).toBe(threads.length);
    await lanes.dispose();
    expect(threads.every(hasEnded)).toBe(true);
    return threads.length;
  }

  it.each([
    [2, 2],
    [6, 4],
  ])('has of %i cores use for %i lanes', async (cores, lanes) => {
    expect(await threadsOf(source, cores)).toBe(lanes);
  });

  it('opens one lane of a model that memory has no room for twice', async () => {
    await using dir = await makeScratchDir();
    for (const file of await readdir(source.dir)) {
      await symlink(join(source.dir, file), join(dir.path, file));
    }
    const weights = join(dir.path, 'weights');
    await writeFile(weights, '');
    await truncate(weights, TEBIBYTE);

    expect(await threadsOf({ ...source, dir: dir.path }, 2)).toBe(1);
  });

  it('leaves no lane open where one cannot be opened', async () => {
    const threads: Worker[] = [];
    const opening = withThreads(
      (thread) => {
        threads.push(thread);
        if (threads.length === 2) {
          thread.terminate();
        }
      },
      () => openLanes(source, 2),
    );

    await expect(opening).rejects.toThrow('thread ended');
    expect(threads.map(hasEnded)).toEqual([true, true]);
  });
});
