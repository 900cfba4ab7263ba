import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openModelLock } from '../../../../gpu-container/src/models/lock-file.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { digestOf, sampleBytes } from './sample-model.ts';

const digest = digestOf(sampleBytes('a'));

describe('the models lock', () => {
  it('knows nothing before something is recorded', async () => {
    await using dir = await makeScratchDir();
    const lock = openModelLock(join(dir.path, 'new', 'models.lock.json'));
    expect(await lock.read('sample/a')).toBeUndefined();
    await lock.record('sample/a', digest);
    expect(await lock.read('sample/a')).toEqual(digest);
  });

  it('loses no record of many that are written at once', async () => {
    await using dir = await makeScratchDir();
    const path = join(dir.path, 'models.lock.json');
    const names = Array.from({ length: 20 }, (_, index) => `sample/${index}`);
    await Promise.all(names.map((name) => openModelLock(path).record(name, digest)));
    const recorded = Object.keys(JSON.parse(await readFile(path, 'utf8')).files);
    expect(new Set(recorded)).toEqual(new Set(names));
  });

  it('refuses another digest for a recorded file and keeps the first', async () => {
    await using dir = await makeScratchDir();
    const lock = openModelLock(join(dir.path, 'models.lock.json'));
    await lock.record('sample/a', digest);
    await expect(lock.record('sample/a', digestOf(sampleBytes('b')))).rejects.toThrow(
      /not the recorded/,
    );
    expect(await lock.read('sample/a')).toEqual(digest);
  });

  it('goes on after a process that died while it held the guard', async () => {
    await using dir = await makeScratchDir();
    const path = join(dir.path, 'models.lock.json');
    await writeFile(`${path}.guard`, '');
    await utimes(`${path}.guard`, 0, 0);
    await openModelLock(path).record('sample/a', digest);
    expect(await openModelLock(path).read('sample/a')).toEqual(digest);
  });

  it('refuses a lock file that it cannot read, rather than starting a new one', async () => {
    await using dir = await makeScratchDir();
    const path = join(dir.path, 'models.lock.json');
    await writeFile(path, '{"version": 2}');
    await expect(openModelLock(path).read('sample/a')).rejects.toThrow();
  });
});
