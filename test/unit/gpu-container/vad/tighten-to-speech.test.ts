import { describe, expect, it } from '@jest/globals';
import { tightenToSpeech } from '../../../../gpu-container/src/vad/tighten-to-speech.ts';

const SPEECH = [
  { start: 1, end: 3 },
  { start: 5, end: 8 },
];

describe('tightening segments to speech', () => {
  it('cuts off the silence before the first and after the last speech of a segment', () => {
    expect(tightenToSpeech([{ start: 0, end: 4.5 }], SPEECH)).toEqual([{ start: 1, end: 3 }]);
  });

  it('keeps a pause inside a segment, and edges that lie within speech', () => {
    expect(tightenToSpeech([{ start: 2, end: 7 }], SPEECH)).toEqual([{ start: 2, end: 7 }]);
  });

  it('does not shrink a segment to the sliver of a region that it touches', () => {
    expect(tightenToSpeech([{ start: 3.02, end: 5.02 }], SPEECH)).toEqual([
      { start: 3.02, end: 5.02 },
    ]);
    expect(tightenToSpeech([{ start: 1, end: 5.02 }], SPEECH)).toEqual([{ start: 1, end: 3 }]);
  });

  it('leaves a segment without any speech as it is', () => {
    expect(tightenToSpeech([{ start: 3.2, end: 4.8 }], SPEECH)).toEqual([{ start: 3.2, end: 4.8 }]);
    expect(tightenToSpeech([{ start: 0, end: 9 }], [])).toEqual([{ start: 0, end: 9 }]);
  });

  it('leaves a segment with words as it is: they say where it begins and ends', () => {
    const segment = { start: 0.5, end: 4, words: [{ text: 'Hello', start: 0.5, end: 4 }] };

    expect(tightenToSpeech([segment], SPEECH)).toEqual([segment]);
    expect(tightenToSpeech([{ ...segment, words: [] }], SPEECH)).toEqual([
      { start: 1, end: 3, words: [] },
    ]);
  });
});
