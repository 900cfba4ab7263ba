import { argMax, logSumExp } from './log-softmax.ts';
import type { WhisperVocabulary } from './model-config.ts';

const FORBIDDEN = Number.NEGATIVE_INFINITY;

/** A timestamp token stands for 20 ms: two frames. */
export const TIMESTAMP_SECONDS = 0.02;
const MAX_INITIAL_TIMESTAMP_SECONDS = 1;
const MAX_INITIAL_TIMESTAMP_INDEX = Math.round(MAX_INITIAL_TIMESTAMP_SECONDS / TIMESTAMP_SECONDS);

/**
 * Forbids tokens for the next step by setting their logits to −∞, in place.
 *
 * @param logits of the next token, [vocabulary]
 * @param written tokens of this window so far, without the prompt
 */
export type LogitFilter = (logits: Float32Array, written: readonly number[]) => void;

/** All filters of a decoding, in the order openai/whisper applies them. */
export function logitFilters(vocabulary: WhisperVocabulary, timestamps: boolean): LogitFilter {
  return (logits, written) => {
    suppressTokens(logits, written, vocabulary);
    if (timestamps) {
      applyTimestampRules(logits, written, vocabulary);
    }
  };
}

function suppressTokens(
  logits: Float32Array,
  written: readonly number[],
  { suppressed, suppressedFirst }: WhisperVocabulary,
): void {
  for (const token of suppressed) {
    logits[token] = FORBIDDEN;
  }
  if (written.length === 0) {
    for (const token of suppressedFirst) {
      logits[token] = FORBIDDEN;
    }
  }
}

/**
 * The rules of openai/whisper's ApplyTimestampRules: a window opens with a
 * timestamp of at most 1 s; timestamps come in pairs (end of one segment, start
 * of the next) except before the end of text, never go back, and a segment is
 * never empty; and when all timestamps together are more probable than any one
 * text token, the next token is a timestamp.
 */
export function applyTimestampRules(
  logits: Float32Array,
  written: readonly number[],
  { timestampBegin, noTimestamps, endOfText }: WhisperVocabulary,
): void {
  const isTimestamp = (token: number | undefined) => token !== undefined && token >= timestampBegin;
  logits[noTimestamps] = FORBIDDEN;

  if (written.length === 0) {
    logits.fill(FORBIDDEN, 0, timestampBegin);
    logits.fill(FORBIDDEN, timestampBegin + MAX_INITIAL_TIMESTAMP_INDEX + 1);
  }

  const lastIsTimestamp = isTimestamp(written.at(-1));
  const pairIsComplete = written.length < 2 || isTimestamp(written.at(-2));
  if (lastIsTimestamp && pairIsComplete) {
    logits.fill(FORBIDDEN, timestampBegin);
  } else if (lastIsTimestamp) {
    logits.fill(FORBIDDEN, 0, endOfText);
  }

  const lastTimestamp = written.findLast(isTimestamp);
  if (lastTimestamp !== undefined) {
    const opensNextSegment = lastIsTimestamp && !pairIsComplete;
    logits.fill(FORBIDDEN, timestampBegin, lastTimestamp + (opensNextSegment ? 0 : 1));
  }

  const timestampMass = logSumExp(logits, timestampBegin);
  if (timestampMass > logits[argMax(logits, 0, timestampBegin)]!) {
    logits.fill(FORBIDDEN, 0, timestampBegin);
  }
}
