import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../../../../../bench/diarize/mixture/random.ts';
import { optimalAssignment } from '../../../../../bench/diarize/score/optimal-assignment.ts';
import { bestTotal } from './every-pairing.ts';

function total(gains: number[][]): number {
  return optimalAssignment(gains).reduce<number>(
    (sum, column, row) => sum + (column === undefined ? 0 : gains[row]![column]!),
    0,
  );
}

describe('the best pairing', () => {
  it('is not the one that takes the greatest gain first', () => {
    const gains = [
      [10, 9],
      [9, 1],
    ];
    expect(optimalAssignment(gains)).toEqual([1, 0]);
  });

  it('leaves rows over where there are fewer columns', () => {
    expect(optimalAssignment([[1], [3], [2]])).toEqual([undefined, 0, undefined]);
  });

  it('leaves columns over where there are fewer rows', () => {
    expect(optimalAssignment([[1, 3, 2]])).toEqual([1]);
  });

  it.each([[[]], [[[], []]]])('of %j is none', (gains: number[][]) => {
    expect(optimalAssignment(gains)).toEqual(gains.map(() => undefined));
  });

  it.each([
    [3, 3],
    [5, 5],
    [2, 6],
    [6, 3],
  ])('of %d rows and %d columns gains as much as the best of all pairings', (rows, columns) => {
    const random = createRandom(rows * 10 + columns);
    for (let round = 0; round < 30; round++) {
      const gains = Array.from({ length: rows }, () =>
        Array.from({ length: columns }, () => Math.floor(random.uniform(0, 20))),
      );
      expect(total(gains)).toBe(bestTotal(gains));
    }
  });

  it('of 50 rows and columns is found where it is known', () => {
    const random = createRandom(1);
    const hidden = random.shuffled(Array.from({ length: 50 }, (_, index) => index));
    const gains = hidden.map((column) =>
      Array.from({ length: 50 }, (_, other) => (other === column ? 2 : random.uniform(0, 1.9))),
    );
    expect(optimalAssignment(gains)).toEqual(hidden);
  });
});
