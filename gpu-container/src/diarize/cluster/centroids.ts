import { unitLength } from '../../vector/unit-length.ts';

/**
 * The direction in which each cluster's embeddings point on average, of unit length.
 *
 * @param labels the cluster of each embedding, from 0 on; negative ones belong to none
 * @param weights how many points each embedding stands for; default 1
 */
export function centroidsOf(
  embeddings: readonly Float32Array[],
  labels: Int32Array,
  weights?: readonly number[],
): Float32Array[] {
  const dims = embeddings[0]?.length ?? 0;
  const sums: Float32Array[] = [];
  for (const [item, label] of labels.entries()) {
    while (sums.length <= label) {
      sums.push(new Float32Array(dims));
    }
    const sum = sums[label];
    if (sum !== undefined) {
      const weight = weights?.[item] ?? 1;
      const embedding = embeddings[item]!;
      for (let dim = 0; dim < dims; dim++) {
        sum[dim]! += weight * embedding[dim]!;
      }
    }
  }
  return sums.map(unitLength);
}
