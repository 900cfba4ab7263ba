import type { SpeechRegion } from './speech-regions.ts';

/**
 * How many seconds of a stretch are speech.
 *
 * @param stretch in seconds of the recording
 * @param regions speech, in order and disjoint
 */
export function speechSeconds(
  { start, end }: { readonly start: number; readonly end: number },
  regions: readonly SpeechRegion[],
): number {
  return regions.reduce(
    (sum, region) => sum + Math.max(0, Math.min(end, region.end) - Math.max(start, region.start)),
    0,
  );
}
