import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../../bench/command/run-bench.ts';
import { parseEmbedArguments } from '../../../../bench/embed/arguments.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const parse = (...args: string[]) => parseEmbedArguments(args, {});

describe('the command line of the embedding bench', () => {
  it('makes its own videos unless a folder is named', () => {
    expect(parse()).toEqual({ data: undefined, threads: 2, quick: false, skipPeer: false });
  });

  it('takes every option', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'manifest.json'), '[]');
    expect(parse('--data', scratch.path, '--threads', '4', '--quick', '--skip-peer')).toEqual({
      ...{ data: scratch.path, threads: 4, quick: true, skipPeer: true },
    });
  });

  it.each([
    [['--threads', '0'], 'whole number'],
    [['--data', '/nowhere'], 'manifest.json'],
    [['--fast'], 'fast'],
  ])('refuses %j', (args, reason) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(reason);
  });
});
