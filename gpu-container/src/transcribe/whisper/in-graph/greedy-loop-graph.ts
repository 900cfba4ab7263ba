import { graphBuilder, type Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../onnx/graph/literals.ts';
import { writeLoop } from '../../../onnx/graph/loop.ts';
import type { OnnxGraph, OnnxModel } from '../../../onnx/graph/model-file.ts';
import { copySubgraph } from '../../../onnx/graph/subgraph.ts';
import type { LoopRules } from './loop-rules.ts';
import { type CacheTensor, decoderCaches, passFor, splitMergedDecoder } from './merged-decoder.ts';
import { anyOpen, emptyRows, ROW_TYPES, type Rows, writeTokens } from './rows.ts';
import { chooseMasked, chooseNext } from './token-rules.ts';

/**
 * Makes of a merged decoder a model that writes whole texts in one run: it
 * passes the prompts and then, round by round of an ONNX Loop, one more token of
 * each row until all rows have ended. Neither the cache nor the logits of a step
 * leave the session.
 *
 * Inputs:
 * - `encoder_hidden_states` float [batch, positions, d_model]
 * - `input_ids` int64 [batch, prompt]: the prompts
 * - `start_index` int64 []: where <|startoftranscript|> stands in them
 * - `max_rounds` int64 []: most tokens to be written after the first
 * - `timestamps` bool []: whether the timestamp rules apply
 * - `first_mask`, `mask` float32 [1, vocabulary]: what is added to the logits of
 *   the first token and of any other, 0 or FORBIDDEN
 *
 * Outputs:
 * - `tokens` int64 [batch, written]: end of text included, then NO_TOKEN
 * - `logprobs` float32 [batch, written]: after the rules
 * - `start_logits` float32 [batch, vocabulary]: before any rule, after <|startoftranscript|>
 *
 * @param mergedDecoder of any size and precision; weights in other files stay there
 * @throws RangeError when it is not a merged decoder
 */
export function buildGreedyLoop(mergedDecoder: OnnxModel, rules: LoopRules): OnnxModel {
  const { graph, opset } = mergedDecoder;
  return { ...mergedDecoder, graph: loopGraph(graph, opset, rules) };
}

function loopGraph(decoder: OnnxGraph, opset: number, rules: LoopRules): OnnxGraph {
  const passes = splitMergedDecoder(decoder);
  const { self, cross } = decoderCaches(decoder);
  const g = graphBuilder('greedy/', opset);

  // The prompts fill both caches; the logits after them give the first tokens.
  const prefill = passFor(passes.prefill, ['logits', ...presents(self), ...presents(cross)]);
  const [promptLogits, ...caches] = g.insert(copySubgraph(prefill, 'prefill/', new Map()));
  const logitsAfter = (position: Value) =>
    g.cast(g.gather(promptLogits!, position, 1), ELEMENT.float32);
  g.name(logitsAfter('start_index'), 'start_logits');
  const first = chooseMasked(g, logitsAfter(g.int64(-1)), 'first_mask');
  const rows = writeTokens(g, emptyRows(g, first, rules), first, rules);

  // Each round passes the latest tokens and chooses the next. The cross-attention's cache, which
  // stays as it is, is read from outside the loop: as a variable it would be copied every round.
  const step = passFor(passes.step, ['logits', ...presents(self)]);
  const final = writeLoop<keyof Rows | CacheTensor['past']>(
    g,
    {
      maxRounds: 'max_rounds',
      goOn: anyOpen(g, rows),
      types: { ...ROW_TYPES, ...byPast(self, ({ elementType }) => elementType) },
      initial: { ...rows, ...byPast(self, (_, index) => caches[index]!) },
    },
    (body, state) => {
      const bindings = new Map<string, Value>([
        ['input_ids', state.token],
        ...Object.entries(byPast(self, ({ past }) => state[past]!)),
        ...Object.entries(byPast(cross, (_, index) => caches[self.length + index]!)),
      ]);
      const [logits, ...grown] = body.insert(copySubgraph(step, 'step/', bindings));
      const last = body.cast(body.reshape(logits!, 0, -1), ELEMENT.float32);
      const next = chooseNext(body, last, state, 'mask', 'timestamps', rules);
      const written = writeTokens(body, state, next, rules);
      return {
        goOn: anyOpen(body, written),
        next: { ...written, ...byPast(self, (_, index) => grown[index]!) },
      };
    },
  );
  g.name(final.tokens, 'tokens');
  g.name(final.logprobs, 'logprobs');

  const mask = [1, rules.vocabularySize];
  return {
    name: 'greedy-loop',
    nodes: g.nodes,
    initializers: [...decoder.initializers, ...g.initializers],
    inputs: [
      ...decoder.inputs.filter(({ name }) => ['encoder_hidden_states', 'input_ids'].includes(name)),
      tensorValue('start_index', ELEMENT.int64, []),
      tensorValue('max_rounds', ELEMENT.int64, []),
      tensorValue('timestamps', ELEMENT.bool, []),
      tensorValue('first_mask', ELEMENT.float32, mask),
      tensorValue('mask', ELEMENT.float32, mask),
    ],
    outputs: [
      tensorValue('tokens', ELEMENT.int64, ['batch', 'written']),
      tensorValue('logprobs', ELEMENT.float32, ['batch', 'written']),
      tensorValue('start_logits', ELEMENT.float32, ['batch', rules.vocabularySize]),
    ],
    rest: [],
  };
}

function presents(cache: readonly CacheTensor[]): string[] {
  return cache.map(({ present }) => present);
}

/** A record of something of each tensor of a cache. */
function byPast<T>(
  cache: readonly CacheTensor[],
  read: (tensor: CacheTensor, index: number) => T,
): Record<CacheTensor['past'], T> {
  return Object.fromEntries(cache.map((tensor, index) => [tensor.past, read(tensor, index)]));
}
