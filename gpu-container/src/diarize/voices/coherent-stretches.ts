import { dotProduct } from '../../vector/similarity.ts';
import type { EmbeddedSpeech, EmbeddedStretch } from '../embed-speech.ts';

/** By how much a short stretch may reach beyond a long one that it is a part of. */
const SLACK_SECONDS = 0.2;

/**
 * The stretches by which voices are found: the long ones in which one voice
 * speaks, as far as their parts tell, since what two voices sound like together
 * is like neither. Where there are none, all that there is.
 *
 * @param minSimilarity of any two parts that do not overlap
 * @returns by their start
 */
export function coherentStretches(
  { voiceStretches, turnStretches }: EmbeddedSpeech,
  minSimilarity: number,
): readonly EmbeddedStretch[] {
  let first = 0;
  const coherent = voiceStretches.filter((whole) => {
    while (
      first < turnStretches.length &&
      turnStretches[first]!.start < whole.start - SLACK_SECONDS
    ) {
      first++;
    }
    const parts: EmbeddedStretch[] = [];
    for (let next = first; next < turnStretches.length; next++) {
      const part = turnStretches[next]!;
      if (part.start >= whole.end) {
        break;
      }
      if (part.end <= whole.end + SLACK_SECONDS) {
        parts.push(part);
      }
    }
    return areAlike(parts, minSimilarity);
  });
  return coherent.length > 0
    ? coherent
    : [...voiceStretches, ...turnStretches].toSorted((one, other) => one.start - other.start);
}

function areAlike(parts: readonly EmbeddedStretch[], minSimilarity: number): boolean {
  return parts.every((one) =>
    parts.every(
      (other) =>
        other.start < one.end - SLACK_SECONDS ||
        dotProduct(one.embedding, other.embedding) >= minSimilarity,
    ),
  );
}
