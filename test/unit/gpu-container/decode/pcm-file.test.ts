import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openPcmFile } from '../../../../gpu-container/src/decode/pcm-file.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const SAMPLES = Float32Array.from({ length: 1_000 }, (_, index) => index / 1_000);

describe('openPcmFile', () => {
  it.each([
    ['from the start', 0, 10],
    ['from the middle', 500, 250],
    ['the last one', 999, 1],
    ['past the end', 990, 100],
    ['after the end', 2_000, 10],
  ])('reads samples %s', async (_label, start, count) => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'audio.f32');
    await writeFile(path, SAMPLES);
    await using pcm = await openPcmFile(path);
    expect(pcm.sampleCount).toBe(1_000);
    expect(await pcm.read(start, count)).toEqual(SAMPLES.slice(start, start + count));
  });

  it('leaves out a last sample that was cut off', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'audio.f32');
    await writeFile(path, Buffer.from(SAMPLES.buffer).subarray(0, 4 * 10 + 3));
    await using pcm = await openPcmFile(path);
    expect(pcm.sampleCount).toBe(10);
    expect(await pcm.read(0, 100)).toEqual(SAMPLES.slice(0, 10));
  });

  it('deletes its file when it is disposed of', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'audio.f32');
    await writeFile(path, SAMPLES);
    const pcm = await openPcmFile(path);
    await pcm[Symbol.asyncDispose]();
    expect(await readdir(scratch.path)).toEqual([]);
  });
});
