import type { SpeechRegion } from './speech-regions.ts';
import { speechSeconds } from './speech-seconds.ts';

/** Less speech than this in a segment is the padding of a region next to it: no word fits. */
const MIN_SPEECH_SECONDS = 0.1;

/** Nobody says more; fast English is some 20 characters a second, other languages write fewer. */
const MAX_CHARACTERS_PER_SECOND = 25;

/** By so much the times of a segment may be off. */
const TIMING_ERROR_SECONDS = 1;

/**
 * Parts segments into those in which somebody speaks and those in which nobody
 * does, or not long enough to say so much: what a recogniser writes over silence,
 * noise or music is made up, however sure of it the recogniser is.
 *
 * @param segments in seconds of the recording
 * @param regions speech, in order and disjoint
 */
export function partSpoken<Segment extends TimedText>(
  segments: readonly Segment[],
  regions: readonly SpeechRegion[],
): { spoken: Segment[]; unspoken: Segment[] } {
  const { spoken = [], unspoken = [] } = Object.groupBy(segments, (segment) =>
    isSpoken(segment, regions) ? 'spoken' : 'unspoken',
  );
  return { spoken, unspoken };
}

type TimedText = { readonly start: number; readonly end: number; readonly text: string };

function isSpoken({ start, end, text }: TimedText, regions: readonly SpeechRegion[]): boolean {
  // A segment can be shorter than that, and all speech.
  const enough = Math.min(MIN_SPEECH_SECONDS, (end - start) / 2);
  const around = { start: start - TIMING_ERROR_SECONDS, end: end + TIMING_ERROR_SECONDS };
  return (
    speechSeconds({ start, end }, regions) >= enough &&
    speechSeconds(around, regions) * MAX_CHARACTERS_PER_SECOND >= text.length
  );
}
