/** Of vectors of unit length it is the cosine of the angle between them. */
export function dotProduct(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let dim = 0; dim < one.length; dim++) {
    sum += one[dim]! * other[dim]!;
  }
  return sum;
}

/**
 * Cosine of the angle between two vectors, -1 to 1, whatever their lengths; 0
 * where one of them is the zero vector.
 *
 * @throws RangeError for vectors of different dims
 */
export function cosineSimilarity(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) {
    throw new RangeError(`Vectors of ${one.length} and ${other.length} dims cannot be compared`);
  }
  const norms = Math.sqrt(dotProduct(one, one) * dotProduct(other, other));
  return norms === 0 ? 0 : dotProduct(one, other) / norms;
}
