import { dotProduct } from '../../vector/similarity.ts';

/**
 * How surely each cluster is told from the others, from 0 to 1: the mean, over
 * its embeddings, of how far short the cosine similarity to the most similar
 * other centroid falls of that to their own, as a share of the latter. How much
 * the embeddings of a voice scatter does not count by itself, only how much of
 * the way to another voice it takes them.
 *
 * It is 1 where no other centroid has anything in common with the embeddings,
 * so for a lone cluster too, and 0 where they are as near to another, or no
 * embedding is in the cluster.
 *
 * @param labels the cluster of each embedding; negative ones belong to none
 */
export function clusterConfidences(
  embeddings: readonly Float32Array[],
  labels: Int32Array,
  centroids: readonly Float32Array[],
): number[] {
  const leads = new Float64Array(centroids.length);
  const counts = new Int32Array(centroids.length);
  for (const [item, label] of labels.entries()) {
    if (label >= 0) {
      const similarities = centroids.map((centroid) => dotProduct(embeddings[item]!, centroid));
      leads[label]! += leadOf(similarities[label]!, similarities.toSpliced(label, 1));
      counts[label]! += 1;
    }
  }
  return Array.from(leads, (lead, cluster) => lead / Math.max(1, counts[cluster]!));
}

function leadOf(own: number, others: readonly number[]): number {
  if (others.length === 0) {
    return 1;
  }
  return own <= 0 ? 0 : Math.max(0, 1 - Math.max(0, ...others) / own);
}
