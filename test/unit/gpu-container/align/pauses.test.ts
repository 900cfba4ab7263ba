import { describe, expect, it } from '@jest/globals';
import { findPauses, leavePauses } from '../../../../gpu-container/src/align/pauses.ts';
import { timesOf, word } from './sample-words.ts';

const SAMPLE_RATE = 16_000;

/** A tone per [seconds, amplitude], one after the other. */
function tones(...parts: [seconds: number, amplitude: number][]): Float32Array {
  return Float32Array.from(
    parts.flatMap(([seconds, amplitude]) =>
      Array.from({ length: seconds * SAMPLE_RATE }, (_, n) => amplitude * Math.sin(n / 10)),
    ),
  );
}

describe('finding pauses', () => {
  it('tells quiet stretches of 0.2 s and more from speech', () => {
    const pauses = findPauses(tones([1, 0.3], [0.5, 0.001], [1, 0.3], [0.1, 0.001], [1, 0.2]));

    expect(pauses).toHaveLength(1);
    expect(pauses[0]!.start).toBeCloseTo(1, 1);
    expect(pauses[0]!.end).toBeCloseTo(1.5, 1);
  });

  it('hears a quiet end of the window, and digital silence', () => {
    expect(findPauses(tones([1, 0.3], [0.5, 0])).at(-1)!.end).toBeCloseTo(1.5, 1);
  });

  it('finds none where nothing stands out from the background, or nothing is heard', () => {
    expect(findPauses(tones([1, 0.3], [0.5, 0.1], [1, 0.3]))).toEqual([]);
    expect(findPauses(tones([2, 0]))).toEqual([]);
    expect(findPauses(new Float32Array(100))).toEqual([]);
  });
});

describe('taking pauses out of words', () => {
  it('cuts off silence before and after a word', () => {
    const words = [word(' a', 0, 2), word(' b', 2, 4)];
    const pauses = [
      { start: 0, end: 0.5 },
      { start: 1.5, end: 2.5 },
    ];

    expect(timesOf(leavePauses(words, pauses))).toEqual([
      [' a', 0.5, 1.5],
      [' b', 2.5, 4],
    ]);
  });

  it('keeps the longer part of a word with a pause inside', () => {
    expect(timesOf(leavePauses([word(' a', 0, 3)], [{ start: 0.2, end: 2 }]))).toEqual([
      [' a', 2, 3],
    ]);
    expect(timesOf(leavePauses([word(' a', 0, 3)], [{ start: 1, end: 2.8 }]))).toEqual([
      [' a', 0, 1],
    ]);
  });

  it('leaves a word that lies in a pause as a whole', () => {
    expect(timesOf(leavePauses([word(' a', 1, 2)], [{ start: 0, end: 3 }]))).toEqual([
      [' a', 1, 2],
    ]);
  });

  it('gives what sounds in the time of a mark to the words beside it', () => {
    const words = [word(' end', 0, 1), word('.', 1, 4), word(' Then', 4, 5)];

    expect(timesOf(leavePauses(words, [{ start: 1.3, end: 3.6 }]))).toEqual([
      [' end', 0, 1.3],
      ['.', 1.3, 3.6],
      [' Then', 3.6, 5],
    ]);
  });

  it('gives no word more than a word can be of what nobody wrote down', () => {
    const words = [word(' end', 0, 1), word('.', 1, 6), word(' Then', 6, 7)];
    const [end, , then] = leavePauses(words, [{ start: 2.5, end: 3.6 }]);

    expect(end).toMatchObject({ end: 1 });
    expect(then).toMatchObject({ start: 6 });
  });
});
