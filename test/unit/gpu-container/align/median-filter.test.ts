import { describe, expect, it } from '@jest/globals';
import { medianFilter } from '../../../../gpu-container/src/align/median-filter.ts';

function filtered(row: readonly number[], width: number): number[] {
  return [...medianFilter(Float32Array.from(row), width)];
}

describe('the median filter', () => {
  it('removes a spike and keeps an edge', () => {
    expect(filtered([0, 0, 9, 0, 0, 5, 5, 5], 3)).toEqual([0, 0, 0, 0, 0, 5, 5, 5]);
  });

  it('mirrors the row at its ends', () => {
    // [3, 2, | 1, 2, 3, 4, 5, | 4, 3]
    expect(filtered([1, 2, 3, 4, 5], 5)).toEqual([2, 2, 3, 4, 4]);
  });

  it('gives what sorting every neighbourhood gives', () => {
    const row = Array.from({ length: 40 }, (_, i) => (i * 37) % 11);
    const mirrored = (i: number) => row[i < 0 ? -i : i < row.length ? i : 2 * row.length - 2 - i]!;
    const expected = row.map(
      (_, i) =>
        [-3, -2, -1, 0, 1, 2, 3].map((offset) => mirrored(i + offset)).toSorted((a, b) => a - b)[3],
    );

    expect(filtered(row, 7)).toEqual(expected);
  });

  it('leaves a row alone that is no longer than half the width', () => {
    expect(filtered([1, 9, 1], 7)).toEqual([1, 9, 1]);
  });
});
