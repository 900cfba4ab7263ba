import type { SpeechRegion } from './speech-regions.ts';

/**
 * Moves the edges of segments in to the speech they hold: a recogniser often
 * lets a segment run on to the start of the next one, through the silence
 * between them. A segment without any speech is left as it is.
 *
 * @param segments in seconds of the recording
 * @param regions speech, in order and disjoint; none leaves every segment as it is
 */
export function tightenToSpeech<Segment extends { start: number; end: number }>(
  segments: readonly Segment[],
  regions: readonly SpeechRegion[],
): Segment[] {
  return segments.map((segment) => {
    const spoken = regions.filter(({ start, end }) => start < segment.end && end > segment.start);
    const [first] = spoken;
    const last = spoken.at(-1);
    return first === undefined || last === undefined
      ? segment
      : {
          ...segment,
          start: Math.max(segment.start, first.start),
          end: Math.min(segment.end, last.end),
        };
  });
}
