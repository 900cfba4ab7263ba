import { describe, expect, it } from '@jest/globals';
import { joinClips, readWav, writeWav } from '../../../../local/demo/wav.ts';

const clip = (...samples: number[]) => ({ sampleRate: 16_000, samples: Int16Array.from(samples) });

describe('writeWav and readWav', () => {
  it('give back the samples and the rate, extremes included', () => {
    const given = clip(0, 1, -1, 32_767, -32_768);
    expect(readWav(writeWav(given))).toEqual(given);
  });

  it('pass over chunks that are neither format nor samples, of odd size too', () => {
    const file = writeWav(clip(1, 2, 3));
    const list = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1');
    const withList = Buffer.concat([file.subarray(0, 36), list, file.subarray(36)]);
    expect(readWav(withList)).toEqual(clip(1, 2, 3));
  });

  it('take the samples that are there where a file ends early', () => {
    expect(readWav(writeWav(clip(1, 2, 3)).subarray(0, -3))).toEqual(clip(1));
  });

  it('refuse what is not 16-bit mono PCM', () => {
    const stereo = writeWav(clip(1, 2));
    stereo.writeUInt16LE(2, 22);
    expect(() => readWav(stereo)).toThrow('16-bit mono PCM');
    expect(() => readWav(Buffer.from('ID3, not a WAV file'))).toThrow('not a WAV file');
    expect(() => readWav(writeWav(clip()).subarray(0, 36))).toThrow('without samples');
  });
});

describe('joinClips', () => {
  it('puts silence of the given length between clips, and none at the ends', () => {
    const joined = joinClips([clip(1, 2), clip(3)], 3 / 16_000);
    expect([...joined.samples]).toEqual([1, 2, 0, 0, 0, 3]);
  });

  it('refuses clips of different rates', () => {
    expect(() => joinClips([clip(1), { ...clip(2), sampleRate: 8_000 }], 0)).toThrow('sample rate');
  });
});
