import { dotProduct } from '../../vector/similarity.ts';
import { unitLength } from '../../vector/unit-length.ts';
import type { EmbeddedSpeech } from '../embed-speech.ts';
import { resegment } from '../resegment/resegment.ts';
import type { VoiceMinimum, WindowTuning } from '../tuning.ts';
import { type HeardVoice, hearVoices } from './hear-voices.ts';
import { meanOf, type VoiceSample } from './voice-sample.ts';

type SpeakerLimits = { readonly minSpeakers: number; readonly maxSpeakers: number };

/**
 * Shares the speech out among voices, and again among one fewer while one of
 * them is too little to be one, or two sound like one, or there are too many.
 *
 * @param candidates one at least, of unit length
 * @returns the voices that hold, of unit length, and whose each turn stretch is
 */
export function settleVoices(
  speech: EmbeddedSpeech,
  candidates: readonly Float32Array[],
  limits: SpeakerLimits,
  tuning: WindowTuning,
): { voices: readonly Float32Array[]; speakers: Int32Array } {
  const minSeconds = leastSeconds(speech, tuning.minVoice);
  const shareOut = (voices: readonly Float32Array[]) =>
    resegment(speech.turnStretches, voices, tuning.changePrices, tuning.turnSeconds);

  let voices = candidates;
  for (;;) {
    const { scrapSeconds } = tuning.minVoice;
    const heard = hearVoices(speech, voices, shareOut(voices), scrapSeconds);
    const fewer = withOneFewer(heard, limits, minSeconds, tuning.mergeSimilarity);
    voices = (fewer ?? heard).map(({ vector }) => unitLength(vector));
    if (fewer === undefined) {
      return { voices, speakers: shareOut(voices) };
    }
  }
}

function leastSeconds({ speech }: EmbeddedSpeech, minimum: VoiceMinimum): number {
  const spoken = speech.reduce((sum, { start, end }) => sum + end - start, 0);
  return Math.max(minimum.leastSeconds, Math.min(minimum.mostSeconds, minimum.share * spoken));
}

/** Without the least voice, or with the two most alike as one; undefined where all may stay. */
function withOneFewer(
  heard: readonly HeardVoice[],
  { minSpeakers, maxSpeakers }: SpeakerLimits,
  minSeconds: number,
  mergeSimilarity: number,
): readonly VoiceSample[] | undefined {
  if (heard.length <= minSpeakers) {
    return undefined;
  }
  const least = heard.reduce((one, other) => (other.seconds < one.seconds ? other : one));
  if (least.seconds < minSeconds) {
    return heard.filter((voice) => voice !== least);
  }
  const { pair, similarity } = mostAlike(heard);
  if (similarity < mergeSimilarity && heard.length <= maxSpeakers) {
    return undefined;
  }
  return [...heard.filter((voice) => !pair.includes(voice)), meanOf(pair)];
}

function mostAlike(heard: readonly HeardVoice[]): { pair: HeardVoice[]; similarity: number } {
  let [pair, similarity] = [heard.slice(0, 2), Number.NEGATIVE_INFINITY];
  for (const [index, one] of heard.entries()) {
    for (const other of heard.slice(index + 1)) {
      const product = dotProduct(one.vector, other.vector);
      if (product > similarity) {
        [pair, similarity] = [[one, other], product];
      }
    }
  }
  return { pair, similarity };
}
