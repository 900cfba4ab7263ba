import { describe, expect, it } from '@jest/globals';
import {
  accuracies,
  headline,
  inventedText,
  type Sides,
  speeds,
  totalErrorRate,
} from '../../../../bench/transcribe/comparison.ts';
import type { DecodedRecording } from '../../../../bench/transcribe/inputs.ts';
import type { SideReport } from '../../../../bench/transcribe/run-side.ts';

type Results = Record<string, { seconds: number; text: string; failure?: string }>;

function side(results: Results): SideReport {
  return { results: new Map(Object.entries(results)), peakRssMb: 100 };
}

function recording(file: string, more: Partial<DecodedRecording> = {}): DecodedRecording {
  const input = { name: file, pcmPath: file, seconds: 10, language: 'en' };
  return {
    ...{ file, path: file, language: 'en', text: 'one word more', isSpeechless: false, input },
    ...more,
  };
}

const LOOP = { name: '20 min', pcmPath: 'loop', seconds: 1200, language: 'en' };

const SIDES: Sides = {
  ours: side({
    '20 min': { seconds: 20, text: '' },
    a: { seconds: 1, text: 'one word more' },
    b: { seconds: 4, text: 'one world' },
    noise: { seconds: 1, text: '' },
  }),
  oursWithWords: side({
    '20 min': { seconds: 30, text: '' },
    a: { seconds: 2, text: 'one word more' },
    b: { seconds: 8, text: 'one world' },
    noise: { seconds: 2, text: '' },
  }),
  peer: side({
    '20 min': { seconds: 160, text: '' },
    a: { seconds: 10, text: '' },
    b: { seconds: 10, text: 'one word more and more' },
    noise: { seconds: 10, text: 'Thank you.' },
  }),
};

const RECORDINGS = [
  recording('a'),
  recording('b'),
  recording('noise', { isSpeechless: true, text: undefined }),
];

describe('speed', () => {
  it('is media by work, for each made input and for the folder together', () => {
    expect(speeds([LOOP], RECORDINGS, SIDES)).toEqual([
      {
        ...{ name: '20 min', seconds: 1200, rtfx: 60, rtfxWithWords: 40, peerRtfx: 7.5 },
        ...{ ratio: 8, ratioWithWords: 40 / 7.5 },
      },
      {
        ...{ name: 'data folder', seconds: 30, rtfx: 5, rtfxWithWords: 2.5, peerRtfx: 1 },
        ...{ ratio: 5, ratioWithWords: 2.5 },
      },
    ]);
  });

  it('is not measured on what a side failed on, on either side', () => {
    const peer = side({
      ...Object.fromEntries(SIDES.peer!.results),
      '20 min': { seconds: 2, text: '', failure: 'crashed' },
      a: { seconds: 1, text: '', failure: 'crashed' },
    });
    const [loop, folder] = speeds([LOOP], RECORDINGS, { ...SIDES, peer });
    expect(loop).toMatchObject({ seconds: 0, rtfx: null, peerRtfx: null, ratio: null });
    expect(folder).toMatchObject({ seconds: 20, rtfx: 4, peerRtfx: 1, ratio: 4 });
  });

  it('has no ratio without a peer', () => {
    const [speed] = speeds([LOOP], [], { ...SIDES, peer: undefined });
    expect(speed).toMatchObject({ rtfx: 60, peerRtfx: null, ratio: null });
  });

  it('is told of the longest made input first, of the folder where there is none', () => {
    const short = { ...LOOP, name: 'a', seconds: 60 };
    expect(headline(speeds([short, LOOP], RECORDINGS, SIDES))?.name).toBe('20 min');
    expect(headline(speeds([], RECORDINGS, SIDES))?.name).toBe('data folder');
  });
});

describe('accuracy', () => {
  it('is measured on recordings with a reference, no text being all deletions', () => {
    const [a, b, ...rest] = accuracies(RECORDINGS, SIDES);
    expect(rest).toEqual([]);
    expect(a).toMatchObject({
      file: 'a',
      ours: { substitutions: 0, deletions: 0, insertions: 0 },
      peer: { deletions: 3 },
    });
    expect(b).toMatchObject({
      file: 'b',
      ours: { substitutions: 1, deletions: 1, insertions: 0 },
      peer: { substitutions: 0, deletions: 0, insertions: 2 },
    });
  });

  it('counts a recording that a side told nothing of as all deletions', () => {
    const [a] = accuracies(RECORDINGS, { ...SIDES, ours: side({}) });
    expect(a?.ours).toMatchObject({ deletions: 3, reference: 3 });
  });

  it('is pooled over recordings', () => {
    const all = accuracies(RECORDINGS, SIDES);
    expect(totalErrorRate(all.map(({ ours }) => ours))).toBe(2 / 6);
    expect(totalErrorRate(all.map(({ peer }) => peer))).toBe(5 / 6);
    expect(totalErrorRate([])).toBeNull();
  });
});

describe('invented text', () => {
  it('is what is written of recordings without speech', () => {
    expect(inventedText(RECORDINGS, SIDES)).toEqual({
      ...{ files: 1, filesWithText: 0, words: 0, peerFilesWithText: 1, peerWords: 2 },
    });
  });
});
