import type { SpeechRegion } from './speech-regions.ts';
import { speechSeconds } from './speech-seconds.ts';

/** Less speech than this in a segment is the padding of a region next to it: no word fits. */
const MIN_SPEECH_SECONDS = 0.1;

/**
 * Parts segments into those in which somebody speaks and those in which nobody
 * does: what a recogniser writes over silence, noise or music is made up,
 * however sure of it the recogniser is.
 *
 * @param segments in seconds of the recording
 * @param regions speech, in order and disjoint
 */
export function partSpoken<Segment extends { readonly start: number; readonly end: number }>(
  segments: readonly Segment[],
  regions: readonly SpeechRegion[],
): { spoken: Segment[]; unspoken: Segment[] } {
  const { spoken = [], unspoken = [] } = Object.groupBy(segments, (segment) =>
    isSpoken(segment, regions) ? 'spoken' : 'unspoken',
  );
  return { spoken, unspoken };
}

function isSpoken(
  { start, end }: { readonly start: number; readonly end: number },
  regions: readonly SpeechRegion[],
): boolean {
  // A segment can be shorter than that, and all speech.
  const enough = Math.min(MIN_SPEECH_SECONDS, (end - start) / 2);
  return speechSeconds({ start, end }, regions) >= enough;
}
