/** What one forward pass may hold, in rows and in tokens with their padding. */
export type BatchLimits = {
  readonly maxRows: number;
  readonly maxTokens: number;
  /** How many tokens could be computed in the time that starting one more pass takes. */
  readonly passTokens: number;
};

/**
 * Shares rows out to batches of similar length. A longer row starts a batch of its own
 * where padding the others to its length would cost more than one more pass
 * does, and where the limits say so; one that is over them by itself is alone.
 *
 * @param lengths of the rows, in tokens
 * @returns the rows' indices, each once, batch by batch from the shortest
 */
export function lengthBatches(
  lengths: readonly number[],
  { maxRows, maxTokens, passTokens }: BatchLimits,
): number[][] {
  const byLength = [...lengths.keys()].sort((one, other) => lengths[one]! - lengths[other]!);
  const batches: number[][] = [];
  let width = 0;
  for (const index of byLength) {
    const length = lengths[index]!;
    const batch = batches.at(-1);
    const fits =
      batch !== undefined &&
      batch.length < maxRows &&
      (batch.length + 1) * length <= maxTokens &&
      batch.length * (length - width) <= passTokens;
    if (fits) {
      batch.push(index);
    } else {
      batches.push([index]);
    }
    width = length;
  }
  return batches;
}
