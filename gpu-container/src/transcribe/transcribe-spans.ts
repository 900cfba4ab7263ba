import { ReelscribeError } from '#contracts/errors.ts';
import type { Segment, Warning } from '#contracts/transcript.ts';
import { type PcmReader, SAMPLE_RATE } from '../decode/pcm.ts';
import type { Span } from '../vad/pack-speech.ts';
import type { SpeechRegion } from '../vad/speech-regions.ts';
import { recognizeBatch, type WindowOutcome } from './recognize-batch.ts';
import type { AudioWindow, RecognizeOptions, SpeechRecognizer } from './recognizer.ts';
import {
  MAX_FALLBACK_SECONDS,
  MIN_FALLBACK_SECONDS,
  type SettleOptions,
  settleWindow,
} from './settle-window.ts';
import {
  isOtherLanguage,
  MAX_DETECTION_WINDOWS,
  type SpokenLanguage,
  spokenLanguage,
} from './spoken-language.ts';
import { fillBatch, START, type TranscriptCursor, windowReader } from './window-pool.ts';

/** A recogniser that fails so often in a row is broken, not the audio. */
const MAX_FAILURES_IN_A_ROW = 3;

export type TranscribeOptions = Omit<
  RecognizeOptions,
  'timestamps' | 'stopAtLoops' | 'fallbackSamples' | 'signal'
> &
  Omit<SettleOptions, 'speech'> & {
    /** A language code, or `auto`: detected once, from the first speech. */
    language: string;
    /** Writes a window in the language heard in it. Default false: all in one. */
    multilingual?: boolean;
    /** Windows recognised at once. Default: what the recogniser thinks best. */
    batchSize?: number;
  };

/** One batch's worth of transcript. */
export type TranscriptStep = {
  /** In seconds of the recording; in order within a span, not from span to span. */
  segments: Omit<Segment, 'id'>[];
  /** Where to go on after this step. */
  cursor: TranscriptCursor;
  language: SpokenLanguage;
  warnings: Warning[];
  /** Why the recogniser failed on windows, where it did: for the log. */
  failures: unknown[];
};

export type TranscribeInput = {
  pcm: PcmReader;
  /** What to transcribe, in order. */
  spans: readonly Span[];
  /** Where speech is, where that is known: of a window that leaves some out the rest is read again. */
  speech?: readonly SpeechRegion[] | undefined;
  recognizer: SpeechRecognizer;
  options: TranscribeOptions;
  /** Goes on from the cursor of an earlier step, whose language should then be given. */
  from?: TranscriptCursor;
  signal?: AbortSignal;
};

/**
 * Transcribes spans of a recording batch by batch and yields after each, so that
 * a job can be checkpointed there. A span is read as openai/whisper reads a file:
 * a window of at most 30 s, then on from where its segments end; a batch takes
 * the next window of as many spans as it holds. Spans are independent of one
 * another, so that going on from a cursor gives what an uninterrupted run gives.
 *
 * @throws ReelscribeError TRANSCRIPTION_FAILED when the recogniser fails on every window, or on
 * three in a row (on others, they are left out with a WINDOW_SKIPPED warning), NOT_AVAILABLE for a
 * language that the model does not know, or for word times where it has none
 * @throws The signal's reason, where it was aborted; the steps that were yielded hold.
 */
export async function* transcribeSpans({
  pcm,
  spans,
  speech,
  recognizer,
  options,
  from = START,
  signal,
}: TranscribeInput): AsyncGenerator<TranscriptStep, void, undefined> {
  if (options.wordTimestamps && !recognizer.timesWords) {
    throw new ReelscribeError('NOT_AVAILABLE', `${recognizer.modelId} does not time words`);
  }
  const { language: asked, batchSize = recognizer.batchSize, ...others } = options;
  const reader = windowReader(pcm, spans, recognizer.windowSamples);
  let cursor = fillBatch(from, spans, batchSize);
  const language = await spokenLanguage(asked, recognizer, () =>
    Promise.all(cursor.open.slice(0, MAX_DETECTION_WINDOWS).map(reader.preview)),
  );
  const recognizeOptions = {
    ...others,
    language: language.code,
    ...(options.suppressHallucinations && {
      stopAtLoops: true,
      fallbackSamples: {
        from: MIN_FALLBACK_SECONDS * SAMPLE_RATE,
        to: MAX_FALLBACK_SECONDS * SAMPLE_RATE,
      },
    }),
    ...(signal !== undefined && { signal }),
  };

  const settleOptions = { ...options, ...(speech && { speech }) };
  let nothingDone = from.next === 0;
  let failuresInARow = 0;
  while (cursor.open.length > 0) {
    const read = await Promise.all(cursor.open.map(reader.read));
    const outcomes = await recognizeInTheirLanguage(
      recognizer,
      read.map(({ window }) => window),
      recognizeOptions,
    );
    const settled = outcomes.map((outcome, row) =>
      settleWindow(cursor.open[row]!, read[row]!, outcome, settleOptions),
    );
    const open = settled.flatMap(({ next }) => (next ? [next] : []));
    cursor = fillBatch({ next: cursor.next, open }, spans, batchSize);

    const failures = outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    for (const { result } of outcomes) {
      failuresInARow = result === undefined ? failuresInARow + 1 : 0;
      nothingDone &&= result === undefined;
    }
    const nothingToCome = nothingDone && cursor.open.length === 0;
    if (nothingToCome || failuresInARow >= MAX_FAILURES_IN_A_ROW) {
      throw new ReelscribeError('TRANSCRIPTION_FAILED', 'The recogniser fails on every window', {
        cause: failures.at(-1),
      });
    }
    yield {
      segments: settled.flatMap(({ segments }) => segments),
      warnings: settled.flatMap(({ warnings }) => warnings),
      cursor,
      language,
      failures,
    };
  }
}

/** Recognises windows; where they may differ in language, those that do once more in their own. */
async function recognizeInTheirLanguage(
  recognizer: SpeechRecognizer,
  windows: readonly AudioWindow[],
  { multilingual = false, ...options }: RecognizeOptions & Pick<TranscribeOptions, 'multilingual'>,
): Promise<WindowOutcome[]> {
  const outcomes = await recognizeBatch(recognizer, windows, options);
  if (!multilingual) {
    return outcomes;
  }
  const others = outcomes.flatMap(({ result }, row) =>
    isOtherLanguage(result?.language, options.language)
      ? [{ row, window: { ...windows[row]!, language: result.language.code } }]
      : [],
  );
  if (others.length > 0) {
    const again = await recognizeBatch(
      recognizer,
      others.map(({ window }) => window),
      options,
    );
    for (const [index, { row }] of others.entries()) {
      outcomes[row] = again[index]!;
    }
  }
  return outcomes;
}
