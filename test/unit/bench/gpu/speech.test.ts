import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { apart, readSamples, speechWindows, writeSpeech } from '../../../../bench/gpu/speech.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { readKennedy } from '../../gpu-container/transcribe/demo-speech.ts';

describe('speech for the GPU bench', () => {
  it('is recordings one after the other that can be had apart again', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'speech.f32');
    const lengths = await writeSpeech(await modelStoreFromEnvironment().pull('demo-speech'), path);
    const clips = apart(await readSamples(path), lengths);
    expect(clips.map(({ length }) => length)).toEqual(lengths);
    expect(clips[0]).toEqual(await readKennedy());
  });

  it('fills windows of 30 s that begin at different places', () => {
    const samples = Float32Array.from({ length: 1000 }, (_, index) => index);
    const windows = speechWindows(samples, 4);
    expect(windows.map((window) => window.length)).toEqual(Array(4).fill(480_000));
    expect(windows.map((window) => window[0])).toEqual([0, 250, 500, 750]);
    expect(windows[1]![800]).toBe(50);
  });
});
