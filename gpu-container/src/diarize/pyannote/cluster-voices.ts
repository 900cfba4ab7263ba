import { dotProduct } from '../../vector/similarity.ts';
import { labelsAfter } from '../cluster/agglomerative.ts';
import { centroidsOf } from '../cluster/centroids.ts';
import { type Merge, mergesOf } from '../cluster/linkage.ts';
import { roundHalfToEven } from './round-half-to-even.ts';

export type VoiceClusteringOptions = {
  /** Least similarity of two clusters' centroids, on the scale of `centroid` linkage. */
  readonly minSimilarity: number;
  /** Embeddings that make a speaker; smaller clusters go to the nearest speaker. */
  readonly minClusterSize: number;
  readonly minSpeakers: number;
  readonly maxSpeakers: number;
};

/** In a short recording a tenth of the embeddings makes a speaker. */
const LEAST_SHARE = 0.1;

/**
 * Clusters embeddings as pyannote.audio's AgglomerativeClustering does: centroid
 * linkage, cut at a threshold; where that gives too few or too many large
 * clusters, cut at the merge nearest to the threshold that gives the number asked
 * for, or comes closest to it; then each small cluster goes to the large one
 * whose centroid is nearest. Where no cut has enough large clusters, this one
 * also takes smaller ones for large, so that a number of speakers that was asked
 * for is found in a short recording too.
 *
 * @param embeddings of unit length
 * @param weights how many embeddings each stands for; default one
 * @returns the speaker of each, numbered from 0 by first appearance
 */
export function clusterVoices(
  embeddings: readonly Float32Array[],
  { minSimilarity, minClusterSize, minSpeakers, maxSpeakers }: VoiceClusteringOptions,
  weights: readonly number[] = embeddings.map(() => 1),
): Int32Array {
  const merges = [...mergesOf(embeddings, 'centroid', weights)];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const minSize = Math.min(minClusterSize, Math.max(1, roundHalfToEven(LEAST_SHARE * total)));
  const [least, most] = [minSpeakers, maxSpeakers].map((bound) =>
    Math.min(Math.max(1, bound), Math.max(1, embeddings.length)),
  ) as [number, number];

  const cutAt = (size: number) =>
    bestCut(cutsOf(merges, weights, size), minSimilarity, least, most);
  let size = minSize;
  let cut = cutAt(size);
  while (cut.large < least && size > 1) {
    size = Math.floor(size / 2);
    cut = cutAt(size);
  }
  const labels = labelsAfter(merges.slice(0, cut.merges), embeddings.length);
  return joinSmall(embeddings, labels, weights, size);
}

/** What there is after some merges. */
type Cut = {
  readonly merges: number;
  /** How many clusters are large enough for a speaker. */
  readonly large: number;
  /** Whether the last merge made one of them. */
  readonly madeLarge: boolean;
  /** Of the last merge. */
  readonly similarity: number;
};

/** What there is after 0, 1, 2, … merges. */
function cutsOf(merges: readonly Merge[], weights: readonly number[], minSize: number): Cut[] {
  const sizes = Float64Array.from(weights);
  const isLarge = (size: number) => Number(size >= minSize);
  let large = sizes.reduce((count, size) => count + isLarge(size), 0);
  const cuts: Cut[] = [{ merges: 0, large, madeLarge: large > 0, similarity: 1 }];
  for (const [index, { into, absorbed, similarity }] of merges.entries()) {
    const size = sizes[into]! + sizes[absorbed]!;
    large += isLarge(size) - isLarge(sizes[into]!) - isLarge(sizes[absorbed]!);
    sizes[into] = size;
    cuts.push({ merges: index + 1, large, madeLarge: size >= minSize, similarity });
  }
  return cuts;
}

/** The cut at the threshold where it has as many speakers as there may be, otherwise the nearest that comes closest. */
function bestCut(cuts: readonly Cut[], minSimilarity: number, least: number, most: number): Cut {
  const below = cuts.findIndex(({ similarity }) => similarity < minSimilarity);
  const atThreshold = cuts.at(below === -1 ? -1 : below - 1)!;
  const wanted = Math.min(Math.max(atThreshold.large, least), most);
  if (atThreshold.large === wanted) {
    return atThreshold;
  }
  const missOf = ({ large }: Cut) => Math.abs(large - wanted);
  const threshold = distanceOf(minSimilarity);
  const farOf = ({ similarity }: Cut) => Math.abs(distanceOf(similarity) - threshold);
  return cuts
    .filter(({ madeLarge }) => madeLarge)
    .reduce((best, cut) => {
      const gain = missOf(best) - missOf(cut);
      return gain > 0 || (gain === 0 && farOf(cut) < farOf(best)) ? cut : best;
    }, cuts.at(-1)!);
}

/** The Euclidean distance of two unit vectors of that similarity. */
function distanceOf(similarity: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * similarity));
}

/** Small clusters go to the large one with the most similar centroid; all become one where none is large. */
function joinSmall(
  embeddings: readonly Float32Array[],
  labels: Int32Array,
  weights: readonly number[],
  minSize: number,
): Int32Array {
  const centroids = centroidsOf(embeddings, labels, weights);
  const sizes = new Float64Array(centroids.length);
  for (const [item, label] of labels.entries()) {
    sizes[label]! += weights[item]!;
  }
  const large = [...sizes.keys()].filter((cluster) => sizes[cluster]! >= minSize);
  if (large.length === 0) {
    return labels.map(() => 0);
  }
  const homes = centroids.map((centroid, cluster) => {
    if (large.includes(cluster)) {
      return cluster;
    }
    const similarities = large.map((candidate) => dotProduct(centroid, centroids[candidate]!));
    return large[similarities.indexOf(Math.max(...similarities))]!;
  });
  return byFirstAppearance(labels.map((label) => homes[label]!));
}

/** The same clusters, numbered from 0 in the order in which they are first met. */
function byFirstAppearance(labels: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return labels.map((label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}
