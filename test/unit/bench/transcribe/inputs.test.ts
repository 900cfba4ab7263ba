import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Recording } from '../../../../bench/transcribe/data-set.ts';
import { loopClips, speechClips, warmUpInput } from '../../../../bench/transcribe/inputs.ts';
import { writeLoop } from '../../../../bench/transcribe/loop-recording.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const SAMPLE_RATE = 16_000;

/** Samples on disk that are all of one value. */
async function writeSamples(path: string, seconds: number, value: number): Promise<string> {
  await writeFile(path, new Float32Array(seconds * SAMPLE_RATE).fill(value));
  return path;
}

async function readSamples(path: string): Promise<Float32Array> {
  const bytes = await readFile(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

describe('a looped recording', () => {
  it('repeats its clips in order and cuts the last one at its length', async () => {
    await using scratch = await makeScratchDir();
    const one = await writeSamples(join(scratch.path, 'one'), 0.5, 1);
    const two = await writeSamples(join(scratch.path, 'two'), 0.25, 2);
    const path = join(scratch.path, 'loop');
    await writeLoop([one, two], 1.5, path);
    const samples = await readSamples(path);
    expect(samples).toHaveLength(1.5 * SAMPLE_RATE);
    const everyQuarter = [0, 1, 2, 3, 4, 5].map((quarter) => samples[quarter * 4_000 + 1]);
    expect(everyQuarter).toEqual([1, 1, 2, 1, 1, 2]);
  });

  it('may be shorter than its first clip', async () => {
    await using scratch = await makeScratchDir();
    const clip = await writeSamples(join(scratch.path, 'clip'), 1, 1);
    await writeLoop([clip], 0.1, join(scratch.path, 'loop'));
    expect(await readSamples(join(scratch.path, 'loop'))).toHaveLength(1_600);
  });

  it('cannot be made of nothing', async () => {
    await using scratch = await makeScratchDir();
    const empty = await writeSamples(join(scratch.path, 'empty'), 0, 0);
    await expect(writeLoop([empty], 1, join(scratch.path, 'loop'))).rejects.toThrow('no clips');
    await expect(writeLoop([], 1, join(scratch.path, 'loop'))).rejects.toThrow('no clips');
  });

  it('is as long as asked for, in minutes', async () => {
    await using scratch = await makeScratchDir();
    const pcmPath = await writeSamples(join(scratch.path, 'clip'), 1, 1);
    const input = { name: 'clip.wav', pcmPath, seconds: 1, language: 'en' };
    const clips = [{ ...recording('clip.wav'), input }];
    const [loop] = await loopClips(clips, [0.1], scratch.path);
    expect(loop).toMatchObject({ name: '0.1 min', seconds: 6, language: 'en' });
    expect(await readSamples(loop!.pcmPath)).toHaveLength(6 * SAMPLE_RATE);
  });
});

describe('the input to warm up with', () => {
  it.each([
    [30, 10],
    [2, 2],
  ])('of %d s has %d s', async (seconds, expected) => {
    await using scratch = await makeScratchDir();
    const pcmPath = await writeSamples(join(scratch.path, 'clip'), seconds, 1);
    const input = { name: 'a', pcmPath, seconds, language: undefined };
    const warmUp = await warmUpInput(input, scratch.path);
    expect(warmUp.seconds).toBe(expected);
    expect(await readSamples(warmUp.pcmPath)).toHaveLength(expected * SAMPLE_RATE);
  });
});

describe('the clips that recordings are made of', () => {
  const names = (recordings: Recording[]) => speechClips(recordings).map(({ file }) => file);

  it('are English ones with a reference', () => {
    expect(
      names([
        recording('de', { language: 'de' }),
        recording('en', { language: 'en' }),
        recording('meeting', { language: 'en', text: undefined }),
        recording('noise', { isSpeechless: true }),
      ]),
    ).toEqual(['en']);
  });

  it('are those of another language where there is no English', () => {
    const french = { language: 'fr' };
    expect(names([recording('a', french), recording('b', { language: 'de' })])).toEqual(['a']);
  });

  it('are any with speech where nothing has a reference', () => {
    const unwritten = { text: undefined };
    expect(
      names([recording('a', unwritten), recording('b', { ...unwritten, isSpeechless: true })]),
    ).toEqual(['a']);
  });
});

function recording(file: string, more: Partial<Recording> = {}): Recording {
  return { file, path: file, language: 'en', text: 'words', isSpeechless: false, ...more };
}
