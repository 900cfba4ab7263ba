import {
  type SpeechRegion,
  type SpeechRegionOptions,
  speechRegions,
} from '../vad/speech-regions.ts';

/**
 * Closer to what is said than the regions that are transcribed, which keep what
 * a recogniser would miss: what nobody says belongs to no speaker.
 */
const SPOKEN: SpeechRegionOptions = {
  threshold: 0.5,
  minSpeechSeconds: 0.1,
  minSilenceSeconds: 0.2,
  paddingSeconds: 0.05,
  maxRegionSeconds: Number.POSITIVE_INFINITY,
};

/**
 * Where anybody speaks, for telling speakers apart.
 *
 * @param probabilities one per frame of 32 ms
 * @returns disjoint regions in order
 */
export function diarizationSpeech(
  probabilities: Float32Array,
  durationSeconds: number,
): SpeechRegion[] {
  return speechRegions(probabilities, durationSeconds, SPOKEN);
}
