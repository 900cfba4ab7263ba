import { writeChoice } from '../../../onnx/graph/choice.ts';
import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT } from '../../../onnx/graph/literals.ts';
import type { LoopRules } from './loop-rules.ts';
import { argMaxOf, type Candidates, type ChosenTokens, logprobOf } from './token-rules.ts';

const CHOICE_TYPES = { token: ELEMENT.int64, logprob: ELEMENT.float32 };

/**
 * The best candidate, or, where the input `sampled` says so, one drawn from
 * softmax(logits / `temperature`): the one up to which the probabilities first
 * add up to more than the draw's share of them all, as `drawTokens` has it.
 *
 * @param round writes which of the `draws` counts, int64 []
 */
export function drawToken(
  g: GraphBuilder,
  candidates: Candidates,
  round: (branch: GraphBuilder) => Value,
  rules: LoopRules,
): ChosenTokens {
  return writeChoice(g, 'sampled', CHOICE_TYPES, {
    whenTrue: (branch) => {
      const logits = candidates.logits(branch);
      const draw = branch.reshape(branch.gather('draws', round(branch), 1), -1, 1);
      const token = drawn(branch, logits, draw, rules);
      return { token, logprob: logprobOf(branch, logits, token) };
    },
    whenFalse: () => candidates.best,
  });
}

/**
 * First the block of the vocabulary that the draw falls into, then the token in
 * it: adding up all of it at once, token by token, would take a GPU far longer.
 *
 * @param logits float32 [batch, vocabulary]
 * @param draw float32 [batch, 1]
 */
function drawn(
  g: GraphBuilder,
  logits: Value,
  draw: Value,
  { vocabularySize }: Pick<LoopRules, 'vocabularySize'>,
): Value {
  const size = Math.ceil(Math.sqrt(vocabularySize));
  const count = Math.ceil(vocabularySize / size);
  const probabilities = g.softmax(g.div(logits, 'temperature'), 1);
  const filled = g.op('Pad', [probabilities, g.int64s(0, 0, 0, count * size - vocabularySize)]);
  const blocks = g.reshape(filled, 0, count, size);

  const upToBlock = g.cumulativeSum(g.sum(blocks, 2), 1);
  const target = g.mul(draw, g.slice(upToBlock, 1, -1));
  const block = countUpTo(g, upToBlock, target, count);
  const before = g.where(
    g.greater(block, g.int64(0)),
    g.gatherElements(upToBlock, g.max(g.sub(block, g.int64(1)), g.int64(0)), 1),
    g.float32(0),
  );
  const everyTokenOf = g.expand(g.reshape(block, 0, 1, 1), g.int64s(1, 1, size));
  const tokens = g.reshape(g.gatherElements(blocks, everyTokenOf, 1), 0, size);
  const upToToken = g.add(before, g.cumulativeSum(tokens, 1));
  const at = g.add(g.mul(block, g.int64(size)), countUpTo(g, upToToken, target, size));
  // What was lost in rounding may have led to a token that cannot be.
  const isPossible = g.greater(g.gatherElements(filled, at, 1), g.float32(0));
  return g.where(isPossible, at, argMaxOf(g, logits));
}

/** How many of the sums are not above the target, and at most all but one: int64 [batch, 1]. */
function countUpTo(g: GraphBuilder, sums: Value, target: Value, size: number): Value {
  const notAbove = g.cast(g.not(g.greater(sums, target)), ELEMENT.int32);
  const counted = g.reshape(g.cast(g.sum(notAbove, 1), ELEMENT.int64), -1, 1);
  return g.op('Min', [counted, g.int64(size - 1)]);
}
