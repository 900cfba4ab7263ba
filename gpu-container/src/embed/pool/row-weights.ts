/** Half-open: from `from` up to, but without, `to`. */
export type RowRange = { readonly from: number; readonly to: number };

/** Standard deviation of the bell, as a part of the rows. */
const CENTER_DEVIATION = 1 / 4;

/**
 * Weights that sum up to 1 and fall off from the middle row to both ends as a
 * gaussian: the middle of a video says more of it than its titles and credits.
 */
export function centerWeights(rows: number): Float64Array {
  const middle = (rows - 1) / 2;
  const weights = Float64Array.from({ length: rows }, (_, row) =>
    Math.exp(-0.5 * ((row - middle) / (rows * CENTER_DEVIATION)) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The beginning, the middle and the end; of fewer than three rows, some stand for two of them. */
export function thirds(rows: number): [RowRange, RowRange, RowRange] {
  const third = (index: number): RowRange => {
    const from = Math.floor((index * rows) / 3);
    return { from, to: Math.max(from + 1, Math.floor(((index + 1) * rows) / 3)) };
  };
  return [third(0), third(1), third(2)];
}
