import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { UsageError } from '../../../../bench/command/run-bench.ts';
import { parseDiarizeArguments } from '../../../../bench/diarize/arguments.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

async function parse(...args: string[]) {
  await using folder = await makeScratchDir();
  await writeFile(join(folder.path, 'manifest.json'), '[]');
  return parseDiarizeArguments(['--data', folder.path, ...args], {});
}

it('has a default for everything', async () => {
  expect(await parse()).toMatchObject({
    ...{ backend: 'auto', threads: 2, mixtures: 2, seed: 1, files: [], longHours: 0 },
    rttm: undefined,
  });
});

it('takes every option', async () => {
  const args = '--backend noop --threads 4 --mixtures 0 --seed 9 --files a.wav,b.wav';
  expect(await parse(...args.split(' '), '--long-hours', '0.5', '--rttm', 'out')).toMatchObject({
    ...{ backend: 'noop', threads: 4, mixtures: 0, seed: 9, files: ['a.wav', 'b.wav'] },
    ...{ longHours: 0.5, rttm: 'out' },
  });
});

it.each([
  ['--backend', 'magic'],
  ['--threads', '0'],
  ['--mixtures', '1.5'],
  ['--seed', 'x'],
  ['--long-hours', '25'],
  ['--long-hours', ''],
  ['--unheard-of', '1'],
])('refuses %s %j', async (option, value) => {
  await expect(parse(option, value)).rejects.toBeInstanceOf(UsageError);
});
