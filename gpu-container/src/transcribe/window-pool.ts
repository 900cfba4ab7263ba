import { type PcmReader, SAMPLE_RATE } from '../decode/pcm.ts';
import type { Span } from '../vad/pack-speech.ts';
import type { SampleRange } from './place-segments.ts';
import type { AudioWindow } from './recognizer.ts';

/** A span that is being read, and how many of its samples are settled. */
export type OpenSpan = {
  readonly span: number;
  readonly seekSamples: number;
  /** The next window is no longer than this: a longer one could not be made sense of. */
  readonly windowSamples?: number | undefined;
  /** What was written of it last, for a model that goes by it. */
  readonly previousTokens?: number[] | undefined;
};

/**
 * Where transcription stands between two batches: which spans are being read,
 * and which is the next to begin. Together with the batch size it determines
 * every batch to come, and so every word.
 */
export type TranscriptCursor = { readonly next: number; readonly open: OpenSpan[] };

export const START: TranscriptCursor = { next: 0, open: [] };

/** Opens the next spans until a batch is full or none is left. */
export function fillBatch(
  { next, open }: TranscriptCursor,
  spans: readonly Span[],
  batchSize: number,
): TranscriptCursor {
  const free = Math.max(0, batchSize - open.length);
  const last = Math.min(spans.length, next + free);
  const opened = Array.from({ length: last - next }, (_, index) => ({
    span: next + index,
    seekSamples: 0,
  }));
  return { next: last, open: [...open, ...opened] };
}

/** Seconds of the spans that are settled. */
export function settledSeconds({ next, open }: TranscriptCursor, spans: readonly Span[]): number {
  const begun = spans.slice(0, next).reduce((sum, { start, end }) => sum + end - start, 0);
  const unsettled = open.reduce((sum, { span, seekSamples }) => {
    const { start, end } = spans[span]!;
    return sum + end - start - seekSamples / SAMPLE_RATE;
  }, 0);
  return begun - unsettled;
}

export type ReadWindow = {
  readonly window: AudioWindow;
  readonly range: SampleRange;
  /** Where its span ends, in samples. */
  readonly spanEnd: number;
};

/** Reads the next windows of open spans. */
export function windowReader(pcm: PcmReader, spans: readonly Span[], maxSamples: number) {
  const previewed = new Map<number, ReadWindow>();
  const readAt = async (at: OpenSpan): Promise<ReadWindow> => {
    const { seekSamples, windowSamples = maxSamples, previousTokens } = at;
    const span = spans[at.span]!;
    const spanEnd = Math.min(pcm.sampleCount, Math.round(span.end * SAMPLE_RATE));
    const start = Math.round(span.start * SAMPLE_RATE) + seekSamples;
    const end = Math.min(spanEnd, start + windowSamples);
    return {
      window: {
        samples: await pcm.read(start, end - start),
        endsInPause: end === spanEnd,
        ...(previousTokens && { previousTokens }),
      },
      range: { start, end },
      spanEnd,
    };
  };
  return {
    /** Reads ahead; the next read gets the same samples, for which a recogniser may remember its work. */
    async preview(at: OpenSpan): Promise<AudioWindow> {
      const read = await readAt(at);
      previewed.set(at.span, read);
      return read.window;
    },
    async read(at: OpenSpan): Promise<ReadWindow> {
      const known = previewed.get(at.span);
      previewed.delete(at.span);
      return known ?? readAt(at);
    },
  };
}
