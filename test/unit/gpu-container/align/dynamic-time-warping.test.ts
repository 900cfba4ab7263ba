import { describe, expect, it } from '@jest/globals';
import { warpRows } from '../../../../gpu-container/src/align/dynamic-time-warping.ts';

function entries(...rows: number[][]): number[] {
  return [...warpRows(Float32Array.from(rows.flat()), rows.length, rows[0]!.length)];
}

describe('dynamic time warping', () => {
  it('enters each row where its scores begin', () => {
    const path = entries([1, 1, -1, -1, -1], [-1, -1, 1, -1, -1], [-1, -1, -1, 1, 1]);

    expect(path).toEqual([0, 2, 3]);
  });

  it('never goes back, however high the score there', () => {
    const path = entries([0, 0, 0, 5], [8, 0, 0, 5], [0, 0, 0, 5]);

    expect(path).toEqual(path.toSorted());
    expect(path[0]).toBe(0);
  });

  it('gives up a high score for a better path as a whole', () => {
    // Row 1 likes column 0 best, but row 0 likes the first three columns.
    const path = entries([4, 4, 4, -9], [5, -9, -9, 4]);

    expect(path).toEqual([0, 3]);
  });

  it('puts several rows into one column where there are too few columns', () => {
    expect(entries([1, -1], [1, -1], [-1, 1])).toEqual([0, 0, 1]);
    expect(entries([1], [1], [1])).toEqual([0, 0, 0]);
  });

  it('finds the best of all paths', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return (seed / 2_147_483_647) * 2 - 1;
    };
    for (let round = 0; round < 50; round++) {
      const scores = Array.from({ length: 4 }, () => Array.from({ length: 6 }, random));

      expect(entries(...scores)).toEqual(bestByTryingAll(scores));
    }
  });
});

/** Row entries of the best path, by walking every one. */
function bestByTryingAll(scores: readonly (readonly number[])[]): number[] {
  const [rows, columns] = [scores.length, scores[0]!.length];
  let best = { score: Number.NEGATIVE_INFINITY, entries: [] as number[] };
  const walk = (row: number, column: number, score: number, entries: number[]) => {
    const total = score + scores[row]![column]!;
    if (row === rows - 1 && column === columns - 1 && total > best.score) {
      best = { score: total, entries };
    }
    if (column + 1 < columns) {
      walk(row, column + 1, total, entries);
    }
    if (row + 1 < rows) {
      walk(row + 1, column, total, [...entries, column]);
      if (column + 1 < columns) {
        walk(row + 1, column + 1, total, [...entries, column + 1]);
      }
    }
  };
  walk(0, 0, 0, [0]);
  return best.entries;
}
