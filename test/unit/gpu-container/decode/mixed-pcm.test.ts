import { describe, expect, it } from '@jest/globals';
import { mixedPcm } from '../../../../gpu-container/src/decode/mixed-pcm.ts';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';

const LEFT = pcmFromSamples(Float32Array.of(1, 0.5, 0, -1));
const RIGHT = pcmFromSamples(Float32Array.of(0, 0.5, -0.5));

describe('the mix of channels', () => {
  it('is their mean, and as long as the longest of them', async () => {
    const mix = mixedPcm([LEFT, RIGHT]);

    expect(mix.sampleCount).toBe(4);
    expect(await mix.read(0, 4)).toEqual(Float32Array.of(0.5, 0.5, -0.25, -0.5));
  });

  it('is read piece by piece, up to its end', async () => {
    const mix = mixedPcm([LEFT, RIGHT]);

    expect(await mix.read(1, 2)).toEqual(Float32Array.of(0.5, -0.25));
    expect(await mix.read(3, 10)).toEqual(Float32Array.of(-0.5));
    expect(await mix.read(9, 10)).toEqual(Float32Array.of());
  });

  it('of none is empty', async () => {
    expect(await mixedPcm([]).read(0, 10)).toEqual(Float32Array.of());
  });
});
