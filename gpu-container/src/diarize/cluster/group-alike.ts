import { type AgglomerationOptions, agglomerate } from './agglomerative.ts';
import { centroidsOf } from './centroids.ts';

/** Embeddings that are compared with each other at once. */
const BLOCK_EMBEDDINGS = 1500;
/** Groups that all blocks together may leave, one per block at least. */
const MAX_GROUPS = 4000;

/** Embeddings that are as good as the same, taken together. */
export type Groups = {
  /** Of unit length. */
  readonly centroids: readonly Float32Array[];
  /** How many embeddings each group has. */
  readonly sizes: readonly number[];
};

/**
 * Groups embeddings that are much alike, so that clustering many of them, whose
 * time grows with their square, is left with few: within one block after the
 * other, so that its own time grows with their number.
 *
 * @param embeddings of unit length; those that follow one another should be near in time
 * @param options.blockEmbeddings how many are compared with each other. Default 1500
 */
export function groupAlike(
  embeddings: readonly Float32Array[],
  {
    blockEmbeddings = BLOCK_EMBEDDINGS,
    ...options
  }: Pick<AgglomerationOptions, 'linkage' | 'minSimilarity'> & { blockEmbeddings?: number },
): Groups {
  const blocks = Math.ceil(embeddings.length / blockEmbeddings);
  const maxClusters = Math.max(1, Math.floor(MAX_GROUPS / blocks));
  const centroids: Float32Array[] = [];
  const sizes: number[] = [];
  for (let start = 0; start < embeddings.length; start += blockEmbeddings) {
    const block = embeddings.slice(start, start + blockEmbeddings);
    const labels = agglomerate(block, { ...options, minClusters: 1, maxClusters });
    const groups = centroidsOf(block, labels);
    const counts = new Array<number>(groups.length).fill(0);
    for (const label of labels) {
      counts[label]! += 1;
    }
    centroids.push(...groups);
    sizes.push(...counts);
  }
  return { centroids, sizes };
}
