import { dotProduct } from '../../vector/similarity.ts';

/** More than the similarities of all speakers of a chunk can sum up to. */
const UNASSIGNED = -10;

/**
 * Which of all speakers each speaker of one chunk is. No two of a chunk are the
 * same, unless there are fewer speakers than the chunk has: of all ways to
 * assign them the one with the greatest sum of cosine similarities
 * (`constrained_argmax` of pyannote.audio). Those who must share go to whom they
 * are most like.
 *
 * @param embeddings of the chunk's speakers, three at the most, of unit length
 * @param centroids of all speakers, of unit length
 * @returns a centroid's index per embedding
 */
export function assignSpeakers(
  embeddings: readonly Float32Array[],
  centroids: readonly Float32Array[],
): number[] {
  const similarities = embeddings.map((embedding) =>
    centroids.map((centroid) => dotProduct(embedding, centroid)),
  );
  // In the best of all ways nobody is worse off than with their n-th choice.
  const choices = similarities.map((row) =>
    [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, embeddings.length),
  );
  const bestFrom = (row: number, taken: ReadonlySet<number>): Way => {
    if (row === embeddings.length) {
      return { sum: 0, assigned: [] };
    }
    const free = choices[row]!.filter((centroid) => !taken.has(centroid));
    const ways = [undefined, ...free].map((centroid): Way => {
      const rest = bestFrom(
        row + 1,
        centroid === undefined ? taken : new Set([...taken, centroid]),
      );
      const gain = centroid === undefined ? UNASSIGNED : similarities[row]![centroid]!;
      return { sum: gain + rest.sum, assigned: [centroid, ...rest.assigned] };
    });
    return ways.reduce((best, way) => (way.sum > best.sum ? way : best));
  };
  return bestFrom(0, new Set()).assigned.map((centroid, row) => centroid ?? choices[row]![0]!);
}

/** How the speakers of a chunk from one on may be assigned. */
type Way = { readonly sum: number; readonly assigned: readonly (number | undefined)[] };
