import type { SpeechRegion } from './speech-regions.ts';

/** Less of a speech region inside a segment is its padding, or rounding: no word fits. */
const MIN_SPEECH_SECONDS = 0.1;

type TimedSegment = { start: number; end: number; words?: readonly unknown[] | undefined };

/**
 * Moves the edges of segments in to the speech they hold: a recogniser often
 * lets a segment run on to the start of the next one, through the silence
 * between them. A segment that hardly holds any speech is left as it is, and so
 * is one with words, which reaches from the first to the last of them.
 *
 * @param segments in seconds of the recording
 * @param regions speech, in order and disjoint; none leaves every segment as it is
 */
export function tightenToSpeech<Segment extends TimedSegment>(
  segments: readonly Segment[],
  regions: readonly SpeechRegion[],
): Segment[] {
  return segments.map((segment) => {
    if (segment.words !== undefined && segment.words.length > 0) {
      return segment;
    }
    const spoken = regions.filter(
      ({ start, end }) =>
        Math.min(end, segment.end) - Math.max(start, segment.start) >= MIN_SPEECH_SECONDS,
    );
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
