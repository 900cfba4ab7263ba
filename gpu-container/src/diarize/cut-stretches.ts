import type { SpeechRegion } from '../vad/speech-regions.ts';
import type { Stretch } from './stretch-embedder.ts';

/**
 * Joins speech with short pauses in it, so that a stretch can reach over them.
 *
 * @param regions in order and disjoint
 */
export function joinAcrossPauses(
  regions: readonly SpeechRegion[],
  maxPauseSeconds: number,
): SpeechRegion[] {
  const joined: SpeechRegion[] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    if (last !== undefined && region.start - last.end <= maxPauseSeconds) {
      joined[joined.length - 1] = { start: last.start, end: region.end };
    } else {
      joined.push(region);
    }
  }
  return joined;
}

/**
 * Cuts speech into stretches of one length that overlap. The last of a region
 * ends where the region does; a region that is no longer than one stretch is
 * one, whatever its length.
 *
 * @param regions in order and disjoint
 * @returns by their start
 */
export function cutStretches(
  regions: readonly SpeechRegion[],
  { lengthSeconds, hopSeconds }: { lengthSeconds: number; hopSeconds: number },
): Stretch[] {
  return regions.flatMap(({ start, end }) => {
    const beyondFirst = Math.max(0, end - start - lengthSeconds);
    const hops = Math.ceil(beyondFirst / hopSeconds);
    return Array.from({ length: hops + 1 }, (_, hop) => {
      const from = start + Math.min(hop * hopSeconds, beyondFirst);
      return { start: from, end: Math.min(end, from + lengthSeconds) };
    });
  });
}
