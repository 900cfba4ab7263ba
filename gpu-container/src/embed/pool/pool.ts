import type { Pooling } from '#contracts/tasks/video-embedding.ts';
import { truncate, unitLength } from '../../vector/unit-length.ts';
import { centerWeights, thirds } from './row-weights.ts';

export type PoolOptions = {
  readonly pooling: Pooling;
  /** Keep this many numbers of each vector; see {@link truncate}. */
  readonly dims?: number | undefined;
};

/**
 * Pools the embeddings of successive frames or slices, and scales what comes out
 * to unit length.
 *
 * - `none`: every row, [rows, dims]
 * - `mean`, `max`: the average, or the largest value in each dim, [1, dims]
 * - `center`: the average, weighted towards the middle row, [1, dims]
 * - `thirds`: the averages of the beginning, the middle and the end, [3, dims]
 *
 * Rows count by their length, too: to count them equally, scale them to unit length first.
 *
 * @param rows in order of time, [rows, dims]
 * @throws RangeError for no rows, for rows of different dims, and as {@link truncate}
 */
export function pool(
  rows: readonly Float32Array[],
  { pooling, dims }: PoolOptions,
): Float32Array[] {
  const vectors = poolRows(rows, pooling);
  return vectors.map((vector) =>
    dims === undefined ? unitLength(vector) : truncate(vector, dims),
  );
}

/** As {@link pool}, without scaling what comes out. */
export function poolRows(rows: readonly Float32Array[], pooling: Pooling): Float32Array[] {
  assertMatrix(rows);
  switch (pooling) {
    case 'none':
      return rows.map((row) => row.slice());
    case 'mean':
      return [mean(rows)];
    case 'max':
      return [max(rows)];
    case 'center':
      return [weightedSum(rows, centerWeights(rows.length))];
    case 'thirds':
      return thirds(rows.length).map(({ from, to }) => mean(rows.slice(from, to)));
  }
}

function assertMatrix(rows: readonly Float32Array[]): void {
  const dims = rows[0]?.length;
  if (dims === undefined) {
    throw new RangeError('There is nothing to pool');
  }
  const other = rows.find((row) => row.length !== dims);
  if (other !== undefined) {
    throw new RangeError(`Rows of ${dims} and ${other.length} dims cannot be pooled`);
  }
}

function mean(rows: readonly Float32Array[]): Float32Array {
  return weightedSum(rows, new Float64Array(rows.length).fill(1 / rows.length));
}

function weightedSum(rows: readonly Float32Array[], weights: Float64Array): Float32Array {
  const sum = new Float64Array(rows[0]!.length);
  for (const [index, row] of rows.entries()) {
    const weight = weights[index]!;
    for (let dim = 0; dim < row.length; dim++) {
      sum[dim]! += weight * row[dim]!;
    }
  }
  return Float32Array.from(sum);
}

function max(rows: readonly Float32Array[]): Float32Array {
  const largest = rows[0]!.slice();
  for (const row of rows) {
    for (let dim = 0; dim < row.length; dim++) {
      largest[dim] = Math.max(largest[dim]!, row[dim]!);
    }
  }
  return largest;
}
