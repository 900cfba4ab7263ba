/** What some stretches of speech sound like on the whole. */
export type VoiceSample = {
  /** The mean of their embeddings: of unit length for one, shorter the less they are alike. */
  readonly vector: Float32Array;
  /** How many embeddings it is the mean of. */
  readonly count: number;
};

/**
 * What several samples sound like taken together.
 *
 * @throws RangeError for no samples
 */
export function meanOf(samples: readonly VoiceSample[]): VoiceSample {
  const [first] = samples;
  if (first === undefined) {
    throw new RangeError('No samples have no mean');
  }
  const vector = new Float32Array(first.vector.length);
  const count = samples.reduce((sum, sample) => sum + sample.count, 0);
  for (const sample of samples) {
    const share = sample.count / count;
    for (let index = 0; index < vector.length; index++) {
      vector[index]! += share * sample.vector[index]!;
    }
  }
  return { vector, count };
}
