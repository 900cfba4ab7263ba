import { describe, expect, it } from '@jest/globals';
import { pool, poolRows } from '../../../../../gpu-container/src/embed/pool/pool.ts';
import { centerWeights, thirds } from '../../../../../gpu-container/src/embed/pool/row-weights.ts';

const rowsOf = (...rows: number[][]) => rows.map((row) => Float32Array.from(row));

describe('poolRows', () => {
  const rows = rowsOf([1, -6], [3, 0], [2, 12]);

  it.each([
    [
      'none',
      [
        [1, -6],
        [3, 0],
        [2, 12],
      ],
    ],
    ['mean', [[2, 2]]],
    ['max', [[3, 12]]],
    [
      'thirds',
      [
        [1, -6],
        [3, 0],
        [2, 12],
      ],
    ],
  ] as const)('pools by %s', (pooling, expected) => {
    expect(poolRows(rows, pooling)).toEqual(rowsOf(...expected.map((row) => [...row])));
  });

  it('weighs the middle most by center, and both ends alike', () => {
    const weightOf = (row: number) =>
      poolRows(rowsOf(...[0, 1, 2, 3, 4].map((at) => [at === row ? 1 : 0])), 'center')[0]![0]!;
    expect(weightOf(2)).toBeGreaterThan(weightOf(1));
    expect(weightOf(1)).toBeGreaterThan(weightOf(0));
    expect(weightOf(0)).toBeCloseTo(weightOf(4), 7);
  });

  it('never hands out the memory of its input', () => {
    const [row] = rows;
    poolRows([row!], 'none')[0]!.fill(0);
    poolRows([row!], 'max')[0]!.fill(0);
    expect(row).toEqual(Float32Array.from([1, -6]));
  });

  it('refuses no rows, and rows of different dims', () => {
    expect(() => poolRows([], 'mean')).toThrow(RangeError);
    expect(() => poolRows(rowsOf([1, 2], [1]), 'max')).toThrow(RangeError);
  });
});

describe('pool', () => {
  it('scales every vector to unit length', () => {
    const rows = rowsOf([3, 4, 12], [0, 0, 2]);
    const expected = [
      [3 / 13, 4 / 13, 12 / 13],
      [0, 0, 1],
    ];
    expect(pool(rows, { pooling: 'none' })).toEqual(rowsOf(...expected));
  });

  it('cuts after pooling, before scaling', () => {
    const rows = rowsOf([6, 0, 100], [0, 8, -50]);
    expect(pool(rows, { pooling: 'mean', dims: 2 })).toEqual(rowsOf([0.6, 0.8]));
  });
});

describe('centerWeights', () => {
  it.each([1, 2, 3, 64, 65])('sum up to 1 for %d rows', (rows) => {
    expect(centerWeights(rows).reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
  });
});

describe('thirds', () => {
  it('leaves no row out and takes none twice where there are three and more', () => {
    for (const rows of [3, 4, 5, 64, 65]) {
      const [first, second, last] = thirds(rows);
      expect([first.from, second.from, last.from]).toEqual([0, first.to, second.to]);
      expect(last.to).toBe(rows);
    }
  });

  it('has a row for each third of one or two rows', () => {
    expect(thirds(1)).toEqual(Array(3).fill({ from: 0, to: 1 }));
    expect(thirds(2)).toEqual([
      { from: 0, to: 1 },
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ]);
  });
});
