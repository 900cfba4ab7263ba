import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import type { LoopRules } from './loop-rules.ts';

/** Below any logit. Not −∞, of which differences would not be numbers. */
export const FORBIDDEN = -1e9;

/** A token of each row and its log-probability among those allowed: int64 and float32 [batch, 1]. */
export type ChosenTokens = { readonly token: Value; readonly logprob: Value };

/** What the timestamp rules go by, each int64 [batch, 1]. */
export type LatestTokens = {
  readonly token: Value;
  readonly tokenBefore: Value;
  /** The latest timestamp. */
  readonly timestamp: Value;
};

/** The tokens that may come next. */
export type Candidates = {
  /** The most probable ones. */
  readonly best: ChosenTokens;
  /** Writes the logits of them all: float32 [batch, vocabulary], FORBIDDEN where a rule says so. */
  logits(g: GraphBuilder): Value;
};

/** Those that a mask leaves. */
export function firstCandidates(g: GraphBuilder, logits: Value, mask: Value): Candidates {
  const masked = g.add(logits, mask);
  const { at, best, mass } = summarise(g, masked);
  return { best: { token: at, logprob: g.sub(best, mass) }, logits: () => masked };
}

/**
 * Those that the rules of `applyTimestampRules` leave, for all tokens of a text
 * but the first.
 *
 * @param logits float32 [batch, vocabulary]
 * @param mask what is added to them, float32 [1, vocabulary]: 0, or FORBIDDEN
 * @param timestamps whether the timestamp rules apply: bool []
 */
export function nextCandidates(
  g: GraphBuilder,
  logits: Value,
  latest: LatestTokens,
  mask: Value,
  timestamps: Value,
  rules: LoopRules,
): Candidates {
  const { endOfText, timestampBegin, vocabularySize } = rules;
  const never = g.float32(FORBIDDEN);
  const followsTimestamp = g.and(timestamps, isTimestamp(g, latest.token, rules));
  const pairIsComplete = isTimestamp(g, latest.tokenBefore, rules);
  const segmentStarts = g.and(followsTimestamp, pairIsComplete);
  const segmentEnded = g.and(followsTimestamp, g.not(pairIsComplete));

  // The vocabulary is words, then the end of text and other special tokens, then timestamps.
  const masked = g.add(logits, mask);
  const isWord = g.less(g.int64Rows([range(0, timestampBegin)]), g.int64(endOfText));
  const noWord = g.and(segmentEnded, isWord);
  const text = summarise(g, g.where(noWord, never, g.slice(masked, 1, 0, timestampBegin)));

  // The next segment may start where one ended; else time goes on.
  const later = g.add(latest.timestamp, g.int64(1));
  const notBack = g.where(segmentEnded, latest.timestamp, later);
  const earliest = g.where(segmentStarts, g.int64(vocabularySize), notBack);
  const earliestIfRuled = g.where(timestamps, earliest, g.int64(0));
  const tooEarly = g.less(g.int64Rows([range(timestampBegin, vocabularySize)]), earliestIfRuled);
  const times = g.where(tooEarly, never, g.slice(masked, 1, timestampBegin));
  const time = summarise(g, times, timestampBegin);

  const mustBeTime = g.and(timestamps, g.greater(time.mass, text.best));
  const any = join(g, text, time);
  return {
    best: {
      token: g.where(mustBeTime, time.at, any.at),
      logprob: g.where(mustBeTime, g.sub(time.best, time.mass), g.sub(any.best, any.mass)),
    },
    // By comparisons over the whole vocabulary: to join its parts again, a GPU would have to
    // be told of each number which part it is from.
    logits: (at) => {
      const tokens = at.int64Rows([range(0, vocabularySize)]);
      const isText = at.less(tokens, at.int64(timestampBegin));
      const isNoWord = at.and(segmentEnded, at.less(tokens, at.int64(endOfText)));
      const noText = at.and(at.or(mustBeTime, isNoWord), isText);
      const noTime = at.and(at.less(tokens, earliestIfRuled), at.not(isText));
      return at.where(noText, never, at.where(noTime, never, masked));
    },
  };
}

/** Bool, of the shape of the tokens. */
export function isTimestamp(g: GraphBuilder, tokens: Value, { timestampBegin }: LoopRules): Value {
  return g.greater(tokens, g.int64(timestampBegin - 1));
}

/** Of each row of logits: which token has the largest, how large, and log Σ exp of all; each [batch, 1]. */
type Summary = { readonly at: Value; readonly best: Value; readonly mass: Value };

/** @param firstToken the token that the first logit is of */
function summarise(g: GraphBuilder, logits: Value, firstToken = 0): Summary {
  const at = argMaxOf(g, logits);
  const best = g.gatherElements(logits, at, 1);
  // A log-probability is a logit less log Σ exp; this way takes one operator over all logits.
  const mass = g.sub(best, logprobOf(g, logits, at));
  return { at: firstToken === 0 ? at : g.add(at, g.int64(firstToken)), best, mass };
}

/** Where the largest logit of each row is: int64 [batch, 1]. */
export function argMaxOf(g: GraphBuilder, logits: Value): Value {
  return g.argMax(logits, 1);
}

/** The log-probability of one token of each row, int64 [batch, 1], by its logits. */
export function logprobOf(g: GraphBuilder, logits: Value, token: Value): Value {
  return g.gatherElements(g.logSoftmax(logits, 1), token, 1);
}

/** Of two parts of the vocabulary, lower tokens first, together. */
function join(g: GraphBuilder, lower: Summary, higher: Summary): Summary {
  const isHigher = g.greater(higher.best, lower.best);
  return {
    at: g.where(isHigher, higher.at, lower.at),
    best: g.where(isHigher, higher.best, lower.best),
    mass: summarise(g, g.concat([lower.mass, higher.mass], 1)).mass,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
