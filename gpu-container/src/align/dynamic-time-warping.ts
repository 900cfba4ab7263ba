const DIAGONAL = 0;
const NEXT_ROW = 1;
const NEXT_COLUMN = 2;

/**
 * Dynamic time warping: the path from the first to the last cell of a score
 * matrix that goes down, right or both with every step and gathers the highest
 * score.
 *
 * @param scores [rows, columns], row by row
 * @returns the column in which the path enters each row, [rows]
 */
export function warpRows(scores: Float32Array, rows: number, columns: number): Int32Array {
  const steps = new Uint8Array(rows * columns);
  let above = new Float64Array(columns);
  let current = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      const fromAbove = row > 0 ? above[column]! : Number.NEGATIVE_INFINITY;
      const fromLeft = column > 0 ? current[column - 1]! : Number.NEGATIVE_INFINITY;
      const fromDiagonal = row > 0 && column > 0 ? above[column - 1]! : Number.NEGATIVE_INFINITY;
      let best = row === 0 && column === 0 ? 0 : fromLeft;
      let step = NEXT_COLUMN;
      if (fromDiagonal > fromLeft && fromDiagonal > fromAbove) {
        best = fromDiagonal;
        step = DIAGONAL;
      } else if (fromAbove > fromLeft && fromAbove > fromDiagonal) {
        best = fromAbove;
        step = NEXT_ROW;
      }
      current[column] = scores[start + column]! + best;
      steps[start + column] = step;
    }
    [above, current] = [current, above];
  }
  return entriesOf(steps, rows, columns);
}

function entriesOf(steps: Uint8Array, rows: number, columns: number): Int32Array {
  const entries = new Int32Array(rows);
  let column = columns - 1;
  for (let row = rows - 1; row > 0; row--) {
    while (steps[row * columns + column] === NEXT_COLUMN) {
      column--;
    }
    entries[row] = column;
    if (steps[row * columns + column] === DIAGONAL) {
      column--;
    }
  }
  return entries;
}
