import { similarityMatrix } from './similarity-matrix.ts';

/**
 * How alike two clusters are, given how alike their members are:
 *
 * - `average` (UPGMA): the mean cosine similarity over all pairs of members
 * - `centroid` (UPGMC): 1 − d² / 2, where d is the Euclidean distance of the
 *   clusters' mean vectors, which are not scaled to unit length again. It is the
 *   cosine similarity for clusters of one, by d² = 2 − 2 cos, and puts scipy's
 *   `linkage(…, method='centroid')` of unit vectors on the same scale.
 */
export type Linkage = 'average' | 'centroid';

/** Two clusters become one, named by an item of each. */
export type Merge = {
  readonly into: number;
  readonly absorbed: number;
  readonly similarity: number;
};

/**
 * The merges of agglomerative clustering, most alike first, until all is one.
 * With centroids a merge may be of higher similarity than the one before.
 *
 * Similarities of a merged cluster come from those of its parts by the formula
 * of Lance and Williams (1967); nearest neighbours are kept as upper bounds and
 * looked for again only when one comes to the top, as in Müllner's generic
 * algorithm (https://arxiv.org/abs/1109.2378): quadratic time for practical
 * data, and 4 · count² bytes.
 *
 * @param embeddings of unit length
 * @param weights how many points each embedding stands for; default 1
 */
export function* mergesOf(
  embeddings: readonly Float32Array[],
  linkage: Linkage,
  weights?: readonly number[],
): Generator<Merge, void, void> {
  const count = embeddings.length;
  const similarities = similarityMatrix(embeddings);
  const sizes = Float64Array.from({ length: count }, (_, item) => weights?.[item] ?? 1);
  // Whoever is still a cluster's name, in order.
  let active = Int32Array.from({ length: count }, (_, item) => item);
  const neighbours = new Int32Array(count);
  const bounds = new Float32Array(count);
  const stale = new Uint8Array(count).fill(1);
  bounds.fill(Number.POSITIVE_INFINITY);

  const lookForNeighbour = (cluster: number) => {
    const row = cluster * count;
    let [nearest, best] = [-1, Number.NEGATIVE_INFINITY];
    for (const other of active) {
      const similarity = similarities[row + other]!;
      if (similarity > best && other !== cluster) {
        [nearest, best] = [other, similarity];
      }
    }
    neighbours[cluster] = nearest;
    bounds[cluster] = best;
    stale[cluster] = 0;
  };

  const mostAlike = () => {
    for (;;) {
      let top = active[0]!;
      for (const cluster of active) {
        if (bounds[cluster]! > bounds[top]!) {
          top = cluster;
        }
      }
      if (stale[top] === 0) {
        return top;
      }
      lookForNeighbour(top);
    }
  };

  const merge = (into: number, absorbed: number) => {
    const size = sizes[into]! + sizes[absorbed]!;
    const [own, others] = [sizes[into]! / size, sizes[absorbed]! / size];
    const gain =
      linkage === 'centroid' ? own * others * (1 - similarities[into * count + absorbed]!) : 0;
    sizes[into] = size;
    active = active.filter((cluster) => cluster !== absorbed);
    for (const cluster of active) {
      if (cluster === into) {
        continue;
      }
      const row = cluster * count;
      similarities[row + into] =
        own * similarities[row + into]! + others * similarities[row + absorbed]! + gain;
      const similarity = similarities[row + into]!;
      similarities[into * count + cluster] = similarity;
      if (similarity >= bounds[cluster]!) {
        neighbours[cluster] = into;
        bounds[cluster] = similarity;
        stale[cluster] = 0;
      } else if (neighbours[cluster] === into || neighbours[cluster] === absorbed) {
        stale[cluster] = 1;
      }
    }
    lookForNeighbour(into);
  };

  while (active.length > 1) {
    const one = mostAlike();
    const other = neighbours[one]!;
    const [into, absorbed] = [Math.min(one, other), Math.max(one, other)];
    yield { into, absorbed, similarity: bounds[one]! };
    merge(into, absorbed);
  }
}
