import { describe, expect, it } from '@jest/globals';
import { resegment } from '../../../../../gpu-container/src/diarize/resegment/resegment.ts';
import { atDegrees } from '../cluster/seeded-vectors.ts';

const VOICES = [atDegrees(0), atDegrees(90)];
const PRICES = { inSpeech: 0.3, acrossPause: 0.1 };

/** Stretches of a second, half a second apart, that sound like these directions. */
const overlapping = (...degrees: readonly number[]) =>
  degrees.map((direction, index) => stretch(index / 2, 1, direction));

const stretch = (start: number, seconds: number, degrees: number) => ({
  start,
  end: start + seconds,
  embedding: atDegrees(degrees),
});

const share = (stretches: readonly ReturnType<typeof stretch>[], voices = VOICES) => [
  ...resegment(stretches, voices, PRICES, 1),
];

describe('sharing stretches out among voices', () => {
  it('gives each to the voice that it sounds like', () => {
    expect(share(overlapping(5, -10, 20, 80, 100, 90))).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('gives what sounds like nobody in particular to whoever speaks around it', () => {
    // By itself 50° would be the other voice's, by 0.12.
    expect(share(overlapping(0, 0, 50, 0, 0))).toEqual([0, 0, 0, 0, 0]);
    expect(share(overlapping(0, 0, 75, 0, 0))).toEqual([0, 0, 1, 0, 0]);
  });

  it('lets the speaker change at less of a price where there is a pause', () => {
    const between = 57;
    const inSpeech = overlapping(0, between, 0);
    expect(share(inSpeech)).toEqual([0, 0, 0]);
    const withPauses = [stretch(0, 1, 0), stretch(1.2, 1, between), stretch(2.4, 1, 0)];
    expect(share(withPauses)).toEqual([0, 1, 0]);
  });

  it('is less sure of shorter stretches', () => {
    const remark = (seconds: number) => [
      stretch(0, 1, 0),
      stretch(1.2, seconds, 65),
      stretch(2.4, 1, 0),
    ];
    expect(share(remark(1))).toEqual([0, 1, 0]);
    expect(share(remark(0.3))).toEqual([0, 0, 0]);
    // A longer one counts no more than in full.
    const long = [stretch(0, 1, 0), stretch(1.2, 9, 49), stretch(11, 1, 0)];
    expect(share(long)).toEqual([0, 0, 0]);
  });

  it('gives everything to a lone voice', () => {
    expect(share(overlapping(0, 90, 180), [atDegrees(0)])).toEqual([0, 0, 0]);
  });

  it('shares out nothing where there is nothing', () => {
    expect(share([])).toEqual([]);
  });
});
