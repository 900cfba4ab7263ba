import { describe, expect, it } from '@jest/globals';
import { packSpeech } from '../../../../gpu-container/src/vad/pack-speech.ts';

describe('packSpeech', () => {
  it('joins regions while they fit the maximum, pauses included', () => {
    const spans = packSpeech([
      { start: 1, end: 10 },
      { start: 12, end: 31 },
      { start: 31.5, end: 40 },
    ]);

    expect(spans).toEqual([
      { start: 1, end: 31 },
      { start: 31.5, end: 40 },
    ]);
  });

  it('keeps far regions apart', () => {
    const regions = [
      { start: 0, end: 5 },
      { start: 60, end: 65 },
    ];

    expect(packSpeech(regions)).toEqual(regions);
  });

  it('cuts a region over the maximum evenly', () => {
    expect(packSpeech([{ start: 10, end: 55 }])).toEqual([
      { start: 10, end: 32.5 },
      { start: 32.5, end: 55 },
    ]);
  });

  it('takes another maximum', () => {
    const regions = [
      { start: 0, end: 4 },
      { start: 4, end: 8 },
      { start: 8, end: 12 },
    ];

    expect(packSpeech(regions, 8)).toEqual([
      { start: 0, end: 8 },
      { start: 8, end: 12 },
    ]);
  });

  it('makes no span of no speech', () => {
    expect(packSpeech([])).toEqual([]);
  });
});
