import { unitLength } from '../../vector/unit-length.ts';
import type { EmbeddedStretch } from '../embed-speech.ts';
import { condense, mergeAlike } from './condense.ts';

/**
 * What may be the voices of a recording: the clusters of its stretches.
 *
 * @param stretches in order of time
 * @returns centroids of unit length, `minSpeakers` at least where there are as many stretches; none for none
 */
export function findVoices(
  stretches: readonly EmbeddedStretch[],
  { mergeSimilarity, minSpeakers }: { mergeSimilarity: number; minSpeakers: number },
): readonly Float32Array[] {
  const samples = condense(
    stretches.map(({ embedding }) => ({ vector: embedding, count: 1 })),
    mergeSimilarity,
    minSpeakers,
  );
  return mergeAlike(samples, mergeSimilarity, minSpeakers).map(({ vector }) => unitLength(vector));
}
