import type { Segment } from '#contracts/transcript.ts';
import { SAMPLE_RATE } from '../decode/pcm.ts';
import type { WindowResult } from './recognizer.ts';

/** Samples [start, end) of the recording. */
export type SampleRange = { readonly start: number; readonly end: number };

/** Half of Whisper's own resolution. */
const MIN_SEGMENT_SECONDS = 0.01;

/** Moves the segments of a window from its own time to that of the recording, and gives them its scores. */
export function placeSegments(result: WindowResult, range: SampleRange): Omit<Segment, 'id'>[] {
  const { start: windowStart, end: windowEnd } = secondsOf(range);
  const { avgLogprob, noSpeechProb, compressionRatio, temperature, language } = result;
  const place = <Timed extends { readonly start: number; readonly end: number }>(timed: Timed) => ({
    ...timed,
    start: Math.min(windowEnd, windowStart + timed.start),
    end: Math.min(windowEnd, windowStart + timed.end),
  });
  return (
    result.segments
      .map(({ words, ...segment }) => ({
        ...place(segment),
        ...(words && { words: words.map(place) }),
        ...(language && { language }),
        avgLogprob,
        noSpeechProb,
        compressionRatio,
        temperature,
      }))
      // What begins with the end of the window is made up from the silence that fills it up.
      .filter(({ text, start, end }) => text !== '' && end - start >= MIN_SEGMENT_SECONDS)
  );
}

export function secondsOf({ start, end }: SampleRange): { start: number; end: number } {
  return { start: start / SAMPLE_RATE, end: end / SAMPLE_RATE };
}
