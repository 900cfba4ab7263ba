import { dotProduct } from '../../vector/similarity.ts';
import type { EmbeddedStretch } from '../embed-speech.ts';
import { mostLikelySpeakers } from './most-likely-speakers.ts';

/** What it costs that one stretch is another speaker's than the one before it. */
export type ChangePrices = {
  /** Where they overlap, in the midst of speech. */
  readonly inSpeech: number;
  /** Where there is a pause between them. */
  readonly acrossPause: number;
};

/**
 * Gives each stretch to one of the voices, so that what sounds like nobody in
 * particular goes to whoever speaks around it.
 *
 * @param stretches by their start
 * @param voices of unit length, one at least
 * @param fullSeconds length of a stretch that counts in full; a shorter one is less sure
 * @returns the voice of each stretch
 */
export function resegment(
  stretches: readonly EmbeddedStretch[],
  voices: readonly Float32Array[],
  prices: ChangePrices,
  fullSeconds: number,
): Int32Array {
  const scores = new Float32Array(stretches.length * voices.length);
  for (const [step, { start, end, embedding }] of stretches.entries()) {
    const weight = Math.min(1, (end - start) / fullSeconds);
    for (const [speaker, voice] of voices.entries()) {
      scores[step * voices.length + speaker] = weight * dotProduct(embedding, voice);
    }
  }
  const changePrices = Float32Array.from(stretches, ({ start }, step) => {
    const previous = stretches[step - 1];
    return previous !== undefined && start < previous.end ? prices.inSpeech : prices.acrossPause;
  });
  return mostLikelySpeakers(scores, voices.length, changePrices);
}
