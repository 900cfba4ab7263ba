import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT } from '../../../onnx/graph/literals.ts';
import type { LoopRules } from './loop-rules.ts';

/**
 * The latest `loopTokens` text tokens of each row before there are any, int64
 * [batch, loopTokens]: no two are equal, so that they are no loop.
 *
 * @param column the shape [batch, 1]
 */
export function noText(g: GraphBuilder, column: Value, { runaway }: LoopRules): Value {
  const nothing = Array.from({ length: runaway.loopTokens }, (_, index) => -1 - index);
  return g.expand(g.int64Rows([nothing]), column);
}

/**
 * The latest text tokens after one more token; timestamps, which go on counting
 * in a loop, are left aside.
 *
 * @param token int64 [batch, 1]
 */
export function withToken(
  g: GraphBuilder,
  text: Value,
  token: Value,
  { endOfText, runaway: { loopTokens } }: LoopRules,
): Value {
  // Every place takes what stands after it, and the last one the token. Joined to the rest, it
  // would have a GPU told where each part begins.
  const places = Array.from({ length: loopTokens }, (_, place) => place);
  const after = g.gather(text, g.int64s(...places.slice(1), loopTokens - 1), 1);
  const isLast = g.equal(g.int64Rows([places]), g.int64(loopTokens - 1));
  const isText = g.less(token, g.int64(endOfText));
  return g.where(isText, g.where(isLast, token, after), text);
}

/** Whether all of the latest text repeats one piece of itself: bool [batch, 1]. */
export function isRunaway(g: GraphBuilder, text: Value, { runaway }: LoopRules): Value {
  const { maxPeriod, loopTokens } = runaway;
  // Of each period: where every token's like stands; the first ones have none but themselves.
  const onePeriodEarlier = Array.from({ length: maxPeriod }, (_, index) =>
    Array.from({ length: loopTokens }, (_, at) => (at > index ? at - index - 1 : at)),
  );
  const earlier = g.gather(text, g.int64Rows(onePeriodEarlier), 1);
  const same = g.equal(g.reshape(text, 0, 1, loopTokens), earlier);
  const likes = g.sum(g.cast(same, ELEMENT.int32), 2);
  const isLoop = g.equal(likes, g.cast(g.int64(loopTokens), ELEMENT.int32));
  const periods = g.sum(g.cast(isLoop, ELEMENT.int32), 1);
  return g.reshape(g.cast(periods, ELEMENT.bool), 0, 1);
}
