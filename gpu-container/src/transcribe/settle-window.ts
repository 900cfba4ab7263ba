import { type Segment, type Warning, warning } from '#contracts/transcript.ts';
import { SAMPLE_RATE } from '../decode/pcm.ts';
import { quietestSample } from '../vad/quiet-stretches.ts';
import type { SpeechRegion } from '../vad/speech-regions.ts';
import { speechSeconds } from '../vad/speech-seconds.ts';
import { placeSegments, type SampleRange, secondsOf } from './place-segments.ts';
import type { WindowOutcome } from './recognize-batch.ts';
import type { WindowResult } from './recognizer.ts';
import { isAcceptable, isRepetitionLoop, isSilence } from './result-quality.ts';
import type { OpenSpan, ReadWindow } from './window-pool.ts';

/**
 * A window over this that makes no sense is read again in shorter ones rather
 * than at higher temperatures: small models lose the thread in long windows, and
 * what they then draw is seldom what was said.
 */
export const MAX_FALLBACK_SECONDS = 10;

/**
 * A window under this holds a word or two: the mean of so few log-probabilities
 * tells little, and what is drawn instead of the likeliest words is a guess.
 */
export const MIN_FALLBACK_SECONDS = 3;

/** Where a window is cut in two, as shares of its length. */
const CUT_RANGE = [0.35, 0.65] as const;

/** Of less, left over at the end of a span, a recogniser makes up more than it hears. */
const MIN_REST_SECONDS = 1;

/** So much speech after the last segment of a window was left out rather than not there. */
const MIN_UNWRITTEN_SECONDS = 1.5;

/** Above this what was written is too wild to go by (openai/whisper). */
const MAX_PROMPT_TEMPERATURE = 0.5;

/** More than any model goes by. */
const MAX_PREVIOUS_TOKENS = 448;

export type SettleOptions = {
  /**
   * Reads long windows that make no sense in shorter ones, and leaves out what
   * is a repetition loop there too. False takes what openai/whisper would take.
   */
  suppressHallucinations: boolean;
  /** Goes by what was written before within a span. Default false. */
  conditionOnPreviousText?: boolean;
  /** Where speech is, in seconds of the recording; unknown where not given. */
  speech?: readonly SpeechRegion[];
};

/** What a window adds to the transcript, and how its span is read on, where it is. */
export type SettledWindow = {
  /** In seconds of the recording. */
  readonly segments: Omit<Segment, 'id'>[];
  readonly warnings: Warning[];
  readonly next?: OpenSpan;
};

/** Decides what becomes of a recognised window. */
export function settleWindow(
  at: OpenSpan,
  { window, range, spanEnd }: ReadWindow,
  { result, failure }: WindowOutcome,
  { suppressHallucinations, conditionOnPreviousText = false, speech = [] }: SettleOptions,
): SettledWindow {
  const length = range.end - range.start;
  const mayCut = suppressHallucinations && length > MAX_FALLBACK_SECONDS * SAMPLE_RATE;
  if (result && mayCut && !isAcceptable(result)) {
    const [from, to] = CUT_RANGE.map((share) => Math.round(length * share)) as [number, number];
    const windowSamples = from + quietestSample(window.samples.subarray(from, to));
    return { segments: [], warnings: [], next: { ...at, windowSamples } };
  }

  const isLoop = result !== undefined && isRepetitionLoop(result);
  const skipped = result === undefined || (suppressHallucinations && isLoop);
  const isHeard = !skipped && !isSilence(result);
  const warnings = [
    ...(skipped ? [warning('WINDOW_SKIPPED', secondsOf(range))] : []),
    ...(isHeard && failure !== undefined ? [warning('WORDS_NOT_TIMED', secondsOf(range))] : []),
  ];
  // A window that settles nothing would be read again for ever.
  const heardSamples = (isHeard && result.settledSamples) || length;
  const settledSamples =
    isHeard && suppressHallucinations && leavesSpeechOut(result, range, speech)
      ? result.writtenSamples!
      : heardSamples;
  const isDone = spanEnd - (range.start + settledSamples) < MIN_REST_SECONDS * SAMPLE_RATE;
  return {
    segments: isHeard ? placeSegments(result, range) : [],
    warnings,
    ...(!isDone && {
      next: {
        span: at.span,
        seekSamples: at.seekSamples + settledSamples,
        ...(conditionOnPreviousText && previousTokens(at, isHeard ? result : undefined)),
      },
    }),
  };
}

/**
 * Whether there is speech after what was written. A small model may end its text
 * with its timestamps closed although somebody goes on to speak, which by
 * openai/whisper's rules would settle the whole window.
 */
function leavesSpeechOut(
  { writtenSamples = 0 }: WindowResult,
  { start, end }: SampleRange,
  speech: readonly SpeechRegion[],
): boolean {
  const rest = secondsOf({ start: start + writtenSamples, end });
  return (
    writtenSamples >= MIN_REST_SECONDS * SAMPLE_RATE &&
    speechSeconds(rest, speech) >= MIN_UNWRITTEN_SECONDS
  );
}

/** What the next window goes by; wild text is forgotten, and so is all before it. */
function previousTokens(
  { previousTokens = [] }: OpenSpan,
  result: WindowOutcome['result'],
): Pick<OpenSpan, 'previousTokens'> {
  if (result === undefined) {
    return { previousTokens };
  }
  return result.temperature > MAX_PROMPT_TEMPERATURE
    ? {}
    : {
        previousTokens: [...previousTokens, ...result.settledTokens].slice(-MAX_PREVIOUS_TOKENS),
      };
}
