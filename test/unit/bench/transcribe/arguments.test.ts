import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../../bench/command/run-bench.ts';
import { parseBenchArguments } from '../../../../bench/transcribe/arguments.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

describe('the command line of the transcription bench', () => {
  let scratch: Awaited<ReturnType<typeof makeScratchDir>>;
  beforeAll(async () => {
    scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'manifest.json'), '[]');
  });
  afterAll(async () => await scratch[Symbol.asyncDispose]());

  const parse = (...args: string[]) => parseBenchArguments(['--data', scratch.path, ...args], {});

  it('has defaults for everything', () => {
    expect(parse()).toEqual({
      data: scratch.path,
      ...{ model: 'tiny', threads: 2, vad: true, minutes: [1, 20], files: [] },
      ...{ skipPeer: false, tunedPeer: false },
    });
  });

  it('takes every option', () => {
    expect(
      parse(
        ...['--model', 'base', '--threads', '4', '--no-vad', '--minutes', '0.5,3'],
        ...['--files', 'a.wav,b.mp3', '--skip-peer', '--tuned-peer'],
      ),
    ).toEqual({
      data: scratch.path,
      ...{ model: 'base', threads: 4, vad: false, minutes: [0.5, 3], files: ['a.wav', 'b.mp3'] },
      ...{ skipPeer: true, tunedPeer: true },
    });
  });

  it('makes no inputs for speed where none are wanted', () => {
    expect(parse('--minutes', '0').minutes).toEqual([]);
  });

  it('looks for the reference recordings where the environment says', async () => {
    await using shared = await makeScratchDir();
    const inShared = () => parseBenchArguments([], { REELSCRIBE_SHARED: shared.path });
    expect(inShared).toThrow(`there is no manifest.json in ${join(shared.path, 'audio')}`);
  });

  it.each([
    [['--model', 'large'], '--model is one of tiny, base, small'],
    [['--threads', '0'], '--threads takes a whole number'],
    [['--threads', 'two'], '--threads takes a whole number'],
    [['--minutes', '1,x'], '--minutes takes numbers'],
    [['--minutes', '1,'], '--minutes takes numbers'],
    [['--minutes', '-1'], '--minutes'],
    [['--speed', '3'], "Unknown option '--speed'"],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });
});
