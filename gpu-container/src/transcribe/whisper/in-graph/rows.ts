import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT } from '../../../onnx/graph/literals.ts';
import type { LoopRules } from './loop-rules.ts';
import { isRunaway, noText, withToken } from './runaway-text.ts';
import { type ChosenTokens, isTimestamp, type LatestTokens } from './token-rules.ts';

/** What the loop keeps of the rows of its batch. */
export type Rows = LatestTokens & {
  /** Whether a row is done: bool [batch, 1]. */
  readonly ended: Value;
  /** Its latest text tokens, timestamps left aside: int64 [batch, loopTokens]. */
  readonly text: Value;
  /** Everything written: int64 [batch, written], NO_TOKEN where a row had ended before. */
  readonly tokens: Value;
  /** Of each of them: float32 [batch, written]; means nothing where a row had ended before. */
  readonly logprobs: Value;
};

/** Stands in `tokens` where a row had ended before. */
export const NO_TOKEN = -1;

/** The element type of each. */
export const ROW_TYPES: Readonly<Record<keyof Rows, number>> = {
  token: ELEMENT.int64,
  tokenBefore: ELEMENT.int64,
  timestamp: ELEMENT.int64,
  ended: ELEMENT.bool,
  text: ELEMENT.int64,
  tokens: ELEMENT.int64,
  logprobs: ELEMENT.float32,
};

/**
 * Rows that nothing has been written to.
 *
 * @param chosen some tokens, for their number
 */
export function emptyRows(g: GraphBuilder, chosen: ChosenTokens, rules: LoopRules): Rows {
  const column = g.shape(chosen.token);
  const everywhere = (token: number) => g.expand(g.int64(token), column);
  const { timestampBegin } = rules;
  return {
    // A text starts as after a complete pair of timestamps, and before any.
    token: everywhere(timestampBegin),
    tokenBefore: everywhere(timestampBegin),
    timestamp: everywhere(timestampBegin - 1),
    ended: g.expand(g.cast(g.int64(0), ELEMENT.bool), column),
    text: noText(g, column, rules),
    tokens: g.slice(chosen.token, 1, 0, 0),
    logprobs: g.slice(chosen.logprob, 1, 0, 0),
  };
}

/**
 * Rows after one more token of each that has not ended.
 *
 * @param stopAtLoops whether a row ends that has come to repeat itself: bool []. Default: it does.
 */
export function writeTokens(
  g: GraphBuilder,
  rows: Rows,
  { token, logprob }: ChosenTokens,
  rules: LoopRules,
  stopAtLoops?: Value,
): Rows {
  const endOfText = g.int64(rules.endOfText);
  const text = withToken(g, rows.text, token, rules);
  const loops = isRunaway(g, text, rules);
  const isLast = g.or(
    g.equal(token, endOfText),
    stopAtLoops === undefined ? loops : g.and(stopAtLoops, loops),
  );
  const ended = g.or(rows.ended, isLast);
  const written = g.where(rows.ended, g.int64(NO_TOKEN), token);
  return {
    // Rows that have ended pass ends of text until the last one has.
    token: g.where(ended, endOfText, token),
    tokenBefore: rows.token,
    timestamp: g.where(isTimestamp(g, token, rules), token, rows.timestamp),
    ended,
    text,
    tokens: g.concat([rows.tokens, written], 1),
    logprobs: g.concat([rows.logprobs, logprob], 1),
  };
}

/** Whether any row is still to be written: bool []. */
export function anyOpen(g: GraphBuilder, { ended }: Rows): Value {
  // CUDA has a sum of integers, but looks for their largest as one of doubles.
  return g.cast(g.sum(g.cast(g.not(ended), ELEMENT.int32), 0, 1), ELEMENT.bool);
}
