import { describe, expect, it } from '@jest/globals';
import {
  compareVoices,
  realName,
  voiceThreshold,
  withoutClip,
} from '../../../../../bench/diarize/calibration/known-voice.ts';

const unit = (...values: number[]) => Float32Array.from(values);

describe('the reference clip of a voice', () => {
  const second = 16_000;
  const voice = {
    id: 'ann',
    samples: Float32Array.from({ length: 40 * second }, (_, index) => Math.floor(index / second)),
    speech: [
      { start: 0, end: 10 },
      { start: 12, end: 20 },
      { start: 21, end: 30 },
      { start: 32, end: 38 },
    ],
  };

  it('is the end of what it says, and conversations have the rest', () => {
    const { voice: rest, clip } = withoutClip(voice);
    expect(rest.speech).toEqual(voice.speech.slice(0, 2));
    expect([clip.length / second, clip[0], clip.at(-1)]).toEqual([15, 21, 37]);
  });
});

describe('comparing clips with found speakers', () => {
  it('tells pairs of one person from pairs of two', () => {
    const clips = new Map([
      ['ann', unit(1, 0)],
      ['bob', unit(0, 1)],
    ]);
    expect(compareVoices(clips, [{ name: 'ann', embedding: unit(0.8, 0.6) }])).toEqual({
      same: [expect.closeTo(0.8)],
      different: [expect.closeTo(0.6)],
    });
  });

  it('sets the threshold above all but one in 200 of the different pairs', () => {
    const different = Array.from({ length: 400 }, (_, index) => index / 1000);
    const { threshold, missed } = voiceThreshold({ same: [0.3, 0.5, 0.6, 0.7], different });
    expect(threshold).toBe(0.4);
    expect(missed).toBe(0.25);
  });
});

describe('who a found speaker really is', () => {
  const truth = [
    { start: 0, end: 10, speaker: 'ann' },
    { start: 10, end: 20, speaker: 'bob' },
  ];

  it('is who speaks in nearly all of what it has', () => {
    expect(realName([{ start: 1, end: 11, speaker: '0' }], truth, 20)).toBe('ann');
  });

  it('is nobody where it has parts of two', () => {
    expect(realName([{ start: 5, end: 15, speaker: '0' }], truth, 20)).toBeUndefined();
  });
});
