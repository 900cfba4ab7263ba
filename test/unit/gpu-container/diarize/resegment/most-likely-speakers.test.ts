import { describe, expect, it } from '@jest/globals';
import { mostLikelySpeakers } from '../../../../../gpu-container/src/diarize/resegment/most-likely-speakers.ts';
import { seededRandom } from '../cluster/seeded-vectors.ts';

const path = (scores: readonly (readonly number[])[], prices: readonly number[]) => [
  ...mostLikelySpeakers(
    Float32Array.from(scores.flat()),
    scores[0]!.length,
    Float32Array.from(prices),
  ),
];

/** What a sequence of speakers comes to. */
function worthOf(
  sequence: readonly number[],
  scores: readonly (readonly number[])[],
  prices: readonly number[],
) {
  return sequence.reduce(
    (sum, speaker, step) =>
      sum +
      scores[step]![speaker]! -
      (step > 0 && sequence[step - 1] !== speaker ? prices[step]! : 0),
    0,
  );
}

/** Every sequence of so many speakers. */
function* sequences(steps: number, speakers: number): Generator<number[]> {
  for (let code = 0; code < speakers ** steps; code++) {
    yield Array.from(
      { length: steps },
      (_, step) => Math.floor(code / speakers ** step) % speakers,
    );
  }
}

describe('the most likely speakers', () => {
  it.each([1, 2, 3, 4, 5, 6])('are the best of all sequences there are (%d)', (seed) => {
    const random = seededRandom(seed);
    const [steps, speakers] = seed % 2 === 0 ? [8, 2] : [6, 3];
    for (let round = 0; round < 10; round++) {
      const scores = Array.from({ length: steps! }, () =>
        Array.from({ length: speakers! }, () => 2 * random() - 1),
      );
      const prices = Array.from({ length: steps! }, () => 0.8 * random());
      const best = Math.max(
        ...Array.from(sequences(steps!, speakers!), (sequence) =>
          worthOf(sequence, scores, prices),
        ),
      );
      expect(worthOf(path(scores, prices), scores, prices)).toBeCloseTo(best, 5);
    }
  });

  it('change where it pays, and not for less', () => {
    const scores = [
      [1, 0],
      [0.4, 0.6],
      [1, 0],
    ];
    expect(path(scores, [0, 0.09, 0.09])).toEqual([0, 1, 0]);
    expect(path(scores, [0, 0.11, 0.11])).toEqual([0, 0, 0]);
  });

  it('change where it is cheapest', () => {
    const scores = [
      [1, 0],
      [0.5, 0.5],
      [0.5, 0.5],
      [0, 1],
    ];
    expect(path(scores, [9, 0.5, 0.1, 0.5])).toEqual([0, 0, 1, 1]);
    expect(path(scores, [9, 0.1, 0.5, 0.5])).toEqual([0, 1, 1, 1]);
  });

  it('may begin with anybody at no price', () => {
    expect(path([[0, 1, 0]], [100])).toEqual([1]);
  });

  it('are nobody where there are no steps', () => {
    expect([...mostLikelySpeakers(new Float32Array(), 3, new Float32Array())]).toEqual([]);
  });

  it('are told apart however many they are', () => {
    const speakers = 700;
    const spoken = [3, 3, 650, 650, 290, 290];
    const scores = spoken.map((speaker) =>
      Array.from({ length: speakers }, (_, candidate) => Number(candidate === speaker)),
    );
    expect(path(scores, new Array<number>(spoken.length).fill(0.1))).toEqual(spoken);
  });
});
