import { type Linkage, type Merge, mergesOf } from './linkage.ts';

export type AgglomerationOptions = {
  readonly linkage: Linkage;
  /** Clusters less alike than this stay apart, unless there are more than `maxClusters`. */
  readonly minSimilarity: number;
  readonly minClusters: number;
  readonly maxClusters: number;
  /** How many points each embedding stands for. Default: one each. */
  readonly weights?: readonly number[];
};

/**
 * Agglomerative clustering: the two clusters that are most alike become one, as
 * long as they are alike enough.
 *
 * For pyannote's Euclidean threshold t on unit vectors, ask for `centroid`
 * linkage with a `minSimilarity` of 1 − t² / 2.
 *
 * @param embeddings of unit length
 * @returns the cluster of each embedding, numbered from 0 by first appearance
 */
export function agglomerate(
  embeddings: readonly Float32Array[],
  { linkage, minSimilarity, minClusters, maxClusters, weights }: AgglomerationOptions,
): Int32Array {
  const merges: Merge[] = [];
  let clusters = embeddings.length;
  if (clusters > minClusters) {
    for (const merge of mergesOf(embeddings, linkage, weights)) {
      if (merge.similarity < minSimilarity && clusters <= maxClusters) {
        break;
      }
      merges.push(merge);
      clusters--;
      if (clusters <= minClusters) {
        break;
      }
    }
  }
  return labelsAfter(merges, embeddings.length);
}

/** The cluster of each item after some merges, numbered from 0 by first appearance. */
export function labelsAfter(merges: readonly Merge[], items: number): Int32Array {
  // Names are the least item of their cluster, so that each points to a lesser one.
  const names = Int32Array.from({ length: items }, (_, item) => item);
  for (const { into, absorbed } of merges) {
    names[absorbed] = into;
  }
  const labels = new Int32Array(items);
  let next = 0;
  for (const [item, name] of names.entries()) {
    labels[item] = name === item ? next++ : labels[name]!;
  }
  return labels;
}
