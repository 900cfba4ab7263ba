import { labelsAfter } from '../cluster/agglomerative.ts';
import { type Merge, mergesOf } from '../cluster/linkage.ts';
import { meanOf, type VoiceSample } from './voice-sample.ts';

/** Clustering takes time and memory by the square of what it is given: 4 MB for so many. */
const BLOCK_SAMPLES = 1_000;
/** What has come together in a block is not parted again, so only what is surely alike may. */
const SURE_MARGIN = 0.1;

/**
 * Puts together what is surely one voice within blocks of samples, so that a
 * recording of any length leaves few to be clustered: some more than it has
 * voices per block of ten minutes or so.
 *
 * @param samples in order of time
 * @param minVoices are left of each block, even of what is surely alike
 */
export function condense(
  samples: readonly VoiceSample[],
  mergeSimilarity: number,
  minVoices = 1,
): readonly VoiceSample[] {
  let items = samples;
  while (items.length > BLOCK_SAMPLES) {
    const condensed = blocksOf(items).flatMap((block) =>
      mergeAlike(block, mergeSimilarity + SURE_MARGIN, minVoices),
    );
    // Where next to nothing is alike another round would gain as little.
    if (condensed.length > items.length / 2) {
      return condensed;
    }
    items = condensed;
  }
  return items;
}

function blocksOf(samples: readonly VoiceSample[]): VoiceSample[][] {
  const blocks = Math.ceil(samples.length / BLOCK_SAMPLES);
  const size = Math.ceil(samples.length / blocks);
  return Array.from({ length: blocks }, (_, block) =>
    samples.slice(block * size, (block + 1) * size),
  );
}

/**
 * Agglomerative clustering with average linkage, down to a similarity. It needs
 * to know no more of a cluster than the mean of its vectors: the mean
 * similarity of all pairs is the product of the means.
 *
 * @param minClusters are left, even of what is more alike
 */
export function mergeAlike(
  samples: readonly VoiceSample[],
  minSimilarity: number,
  minClusters = 1,
): VoiceSample[] {
  const merges: Merge[] = [];
  const steps = mergesOf(
    samples.map(({ vector }) => vector),
    'average',
    samples.map(({ count }) => count),
  );
  for (const merge of steps) {
    if (merge.similarity < minSimilarity || samples.length - merges.length <= minClusters) {
      break;
    }
    merges.push(merge);
  }
  const labels = labelsAfter(merges, samples.length);
  return [...Map.groupBy(samples, (_, index) => labels[index]!).values()].map(meanOf);
}
