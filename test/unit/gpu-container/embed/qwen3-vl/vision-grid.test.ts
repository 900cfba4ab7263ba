import { describe, expect, it } from '@jest/globals';
import {
  gridPositions,
  tokenGrid,
  visionGrid,
} from '../../../../../gpu-container/src/embed/qwen3-vl/vision-grid.ts';

const grid = { rows: 6, columns: 10 };

/** Reads a function of the learned table's rows and columns as the graph does. */
function read(value: (row: number, column: number) => number): number[] {
  const { tableRows, tableWeights } = gridPositions(grid);
  return Array.from({ length: grid.rows * grid.columns }, (_, patch) =>
    [0, 1, 2, 3].reduce((sum, corner) => {
      const at = tableRows[patch * 4 + corner]!;
      return sum + tableWeights[patch * 4 + corner]! * value(Math.floor(at / 48), at % 48);
    }, 0),
  );
}

describe('the patches of a grid', () => {
  it('come token by token, four patches each', () => {
    const { positions } = gridPositions({ rows: 4, columns: 4 });
    const pairs = Array.from({ length: 16 }, (_, patch) =>
      positions.slice(patch * 2, patch * 2 + 2),
    );
    expect(pairs.map((pair) => pair.join())).toEqual([
      ...['0,0', '0,1', '1,0', '1,1'],
      ...['0,2', '0,3', '1,2', '1,3'],
      ...['2,0', '2,1', '3,0', '3,1'],
      ...['2,2', '2,3', '3,2', '3,3'],
    ]);
  });

  it('are spread over the learned positions from corner to corner', () => {
    const { positions } = gridPositions(grid);
    const rows = read((row) => row);
    const columns = read((_, column) => column);
    for (let patch = 0; patch < rows.length; patch++) {
      expect(rows[patch]).toBeCloseTo((positions[patch * 2]! * 47) / 5, 5);
      expect(columns[patch]).toBeCloseTo((positions[patch * 2 + 1]! * 47) / 9, 5);
    }
  });

  it('read what is between learned positions bilinearly, product and all', () => {
    const products = read((row, column) => row * column);
    const { positions } = gridPositions(grid);
    for (let patch = 0; patch < products.length; patch++) {
      const row = (positions[patch * 2]! * 47) / 5;
      const column = (positions[patch * 2 + 1]! * 47) / 9;
      expect(products[patch]).toBeCloseTo(row * column, 3);
    }
  });

  it('are four for each token', () => {
    expect(visionGrid({ width: 448, height: 320 })).toEqual({ rows: 20, columns: 28 });
    expect(tokenGrid({ rows: 20, columns: 28 })).toEqual({ rows: 10, columns: 14 });
    expect(() => visionGrid({ width: 448, height: 336 })).toThrow(RangeError);
  });
});
