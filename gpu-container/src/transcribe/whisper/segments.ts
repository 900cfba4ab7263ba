import { SAMPLE_RATE } from '../../decode/pcm.ts';
import type { AudioWindow, RecognizedSegment } from '../recognizer.ts';
import type { TextTokenizer } from '../tokenizer.ts';
import { TIMESTAMP_SECONDS } from './logit-filters.ts';
import type { WhisperVocabulary } from './model-config.ts';

/** Tokens between two timestamps, in seconds from the start of the window. */
export type TokenSegment = { start: number; end: number; tokens: number[] };

/**
 * Cuts the tokens of a window into segments at its timestamps, and says how far
 * they settle the window (the seek rules of openai/whisper's transcribe.py).
 *
 * Closed segments end at a pair of timestamps. After a last single timestamp the
 * model hears nothing more, so the window is settled whole; otherwise what comes
 * after the last pair is cut off by the window's end and is heard again with more
 * audio after it, unless the window is known to end in a pause. Without any pair
 * the window is one segment.
 *
 * @param tokens of the window, without prompt and end of text
 * @param windowSeconds length of the audio in the window
 */
export function tokenSegments(
  tokens: readonly number[],
  { timestampBegin }: Pick<WhisperVocabulary, 'timestampBegin'>,
  windowSeconds: number,
  endsInPause = false,
): { segments: TokenSegment[]; settledSeconds: number } {
  const isTimestamp = (token: number | undefined) => token !== undefined && token >= timestampBegin;
  const seconds = (token: number) => (token - timestampBegin) * TIMESTAMP_SECONDS;
  const secondOfPair = tokens.flatMap((token, index) =>
    isTimestamp(token) && isTimestamp(tokens[index - 1]) ? [index] : [],
  );
  const endsOnSingle = isTimestamp(tokens.at(-1)) && !isTimestamp(tokens.at(-2));

  if (secondOfPair.length === 0) {
    // A timestamp that opens the segment does not say where it ends.
    const closing = tokens.slice(1).findLast(isTimestamp);
    const end = closing === undefined ? windowSeconds : seconds(closing);
    return {
      segments: [{ start: 0, end, tokens: [...tokens] }],
      settledSeconds: windowSeconds,
    };
  }

  const endsOnText = endsInPause && !isTimestamp(tokens.at(-1));
  const isWhole = endsOnSingle || endsOnText;
  const cuts = [0, ...secondOfPair, ...(isWhole ? [tokens.length] : [])];
  const segments = cuts.slice(1).map((cut, index) => {
    const slice = tokens.slice(cuts[index], cut);
    const last = slice.at(-1)!;
    return {
      start: seconds(slice[0]!),
      end: isTimestamp(last) ? seconds(last) : windowSeconds,
      tokens: slice,
    };
  });
  return { segments, settledSeconds: isWhole ? windowSeconds : segments.at(-1)!.end };
}

/** What the tokens of a window say, and how many of its samples that settles. */
export function windowResult(
  tokens: readonly number[],
  { samples, endsInPause }: Pick<AudioWindow, 'samples' | 'endsInPause'>,
  vocabulary: Pick<WhisperVocabulary, 'timestampBegin' | 'endOfText'>,
  tokenizer: TextTokenizer,
): {
  text: string;
  segments: RecognizedSegment[];
  settledTokens: number[];
  settledSamples: number;
  writtenSamples: number;
} {
  // A line break in a text would end a subtitle's cue or a table's row.
  const textOf = (of: readonly number[]) =>
    tokenizer
      .decode(of.filter((token) => token < vocabulary.endOfText))
      .replace(/\s+/g, ' ')
      .trim();
  const { segments, settledSeconds } = tokenSegments(
    tokens,
    vocabulary,
    samples.length / SAMPLE_RATE,
    endsInPause,
  );
  const toSamples = (seconds: number) =>
    Math.min(samples.length, Math.round(seconds * SAMPLE_RATE));
  return {
    text: textOf(tokens),
    segments: segments.map((segment) => ({
      start: segment.start,
      end: segment.end,
      text: textOf(segment.tokens),
    })),
    settledTokens: segments.flatMap(({ start, end, tokens }) =>
      start === end || textOf(tokens) === '' ? [] : tokens,
    ),
    settledSamples: toSamples(settledSeconds),
    writtenSamples: toSamples(segments.at(-1)!.end),
  };
}
