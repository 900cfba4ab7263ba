import type { SpeechRegion } from './speech-regions.ts';

/** A contiguous stretch of the recording to transcribe in one go, in seconds. */
export type Span = {
  readonly start: number;
  readonly end: number;
};

/**
 * Packs speech regions into as few spans as their order allows: a region joins
 * the span before it while that stays within `maxSeconds`, silence between them
 * included (the cut-and-merge of WhisperX, https://arxiv.org/abs/2303.00747). A
 * region that is longer by itself is cut evenly: where it is quiet is for
 * `speechRegions` to know.
 */
export function packSpeech(regions: readonly SpeechRegion[], maxSeconds = 30): Span[] {
  const spans: Span[] = [];
  for (const region of regions.flatMap((region) => cutEvenly(region, maxSeconds))) {
    const last = spans.at(-1);
    if (last && region.end - last.start <= maxSeconds) {
      spans[spans.length - 1] = { start: last.start, end: region.end };
    } else {
      spans.push({ start: region.start, end: region.end });
    }
  }
  return spans;
}

function cutEvenly({ start, end }: SpeechRegion, maxSeconds: number): SpeechRegion[] {
  const pieces = Math.max(1, Math.ceil((end - start) / maxSeconds));
  const length = (end - start) / pieces;
  return Array.from({ length: pieces }, (_, piece) => ({
    start: start + piece * length,
    end: piece === pieces - 1 ? end : start + (piece + 1) * length,
  }));
}
