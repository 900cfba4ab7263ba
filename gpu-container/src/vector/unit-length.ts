import { dotProduct } from './similarity.ts';

/** The vector scaled to unit length (L2); the zero vector stays, since it has no direction. */
export function unitLength(vector: Float32Array): Float32Array {
  // Squares are summed in double precision, so that long vectors lose nothing.
  const length = Math.sqrt(dotProduct(vector, vector));
  return length === 0 ? vector.slice() : vector.map((value) => value / length);
}

/**
 * The first `dims` numbers of an embedding, scaled to unit length again. It means
 * something only for models trained so that each prefix is an embedding in itself
 * (Matryoshka representation learning, Kusupati et al. 2022).
 *
 * @throws RangeError when `dims` is no integer from 1 to the vector's own
 */
export function truncate(vector: Float32Array, dims: number): Float32Array {
  if (!Number.isInteger(dims) || dims < 1 || dims > vector.length) {
    throw new RangeError(`A vector of ${vector.length} dims cannot be cut to ${dims}`);
  }
  return unitLength(vector.subarray(0, dims));
}
