import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../onnx/graph/literals.ts';
import { writeLoop } from '../../../onnx/graph/loop.ts';
import type { OnnxValue } from '../../../onnx/graph/model-file.ts';
import type { DecoderPasses } from './decoder-passes.ts';
import { drawToken } from './drawn-token.ts';
import type { LoopRules } from './loop-rules.ts';
import { anyOpen, emptyRows, ROW_TYPES, type Rows, writeTokens } from './rows.ts';
import {
  type Candidates,
  type ChosenTokens,
  firstCandidates,
  nextCandidates,
} from './token-rules.ts';

/** What a search may be told besides its texts' beginnings, where its graph has inputs for it. */
export type SearchKind = {
  /** Whether tokens may be drawn. */
  readonly draws?: boolean;
  /** Whether running on through a loop can be asked for. */
  readonly mayLoop?: boolean;
};

/**
 * Writes a search: it passes the prompts and then, round by round of an ONNX
 * Loop, one more token of each text until all have ended. Neither the cache nor
 * the logits of a step leave the session.
 *
 * Reads the inputs of {@link searchInputs} and makes the values `tokens`,
 * `logprobs` and `start_logits` of {@link searchOutputs}.
 */
export function writeSearch(
  g: GraphBuilder,
  passes: DecoderPasses,
  rules: LoopRules,
  { draws = false, mayLoop = false }: SearchKind = {},
): void {
  const choose = (
    at: GraphBuilder,
    candidates: Candidates,
    round: (at: GraphBuilder) => Value,
  ): ChosenTokens => (draws ? drawToken(at, candidates, round, rules) : candidates.best);
  const stopAtLoops = mayLoop ? 'stop_at_loops' : undefined;

  const { logitsAfter, cache } = passes.prefill(g);
  g.name(logitsAfter('start_index'), 'start_logits');
  const candidates = firstCandidates(g, logitsAfter(g.int64(-1)), 'first_mask');
  const first = choose(g, candidates, (branch) => branch.int64(0));
  const rows = writeTokens(g, emptyRows(g, first, rules), first, rules, stopAtLoops);

  const names = Object.keys(passes.cacheTypes);
  const final = writeLoop<string>(
    g,
    {
      maxRounds: 'max_rounds',
      goOn: anyOpen(g, rows),
      types: { ...ROW_TYPES, ...passes.cacheTypes },
      initial: { ...rows, ...cache },
    },
    (body, state, round) => {
      const past = Object.fromEntries(names.map((name) => [name, state[name]!]));
      const texts = state as unknown as Rows;
      const step = passes.step(body, texts.token, past);
      const open = nextCandidates(body, step.logits, texts, 'mask', 'timestamps', rules);
      const next = choose(body, open, (branch) => branch.add(round, branch.int64(1)));
      const written = writeTokens(body, texts, next, rules, stopAtLoops);
      return { goOn: anyOpen(body, written), next: { ...written, ...step.cache } };
    },
  );
  g.name(final['tokens']!, 'tokens');
  g.name(final['logprobs']!, 'logprobs');
}

/**
 * The inputs of a search:
 * - `input_ids` int64 [batch, prompt]: the prompts
 * - `start_index` int64 []: where <|startoftranscript|> stands in them
 * - `max_rounds` int64 []: most tokens to be written after the first
 * - `timestamps` bool []: whether the timestamp rules apply
 * - `first_mask`, `mask` float32 [1, vocabulary]: what is added to the logits of
 *   the first token and of any other, 0 or FORBIDDEN
 * - where it draws: `sampled` bool [], whether it does in this run; `temperature`
 *   float32 []; `draws` float32 [batch, rounds + 1], in [0, 1): one for each token
 * - where it may loop: `stop_at_loops` bool []
 */
export function searchInputs(
  { vocabularySize }: LoopRules,
  { draws = false, mayLoop = false }: SearchKind = {},
): OnnxValue[] {
  const mask = [1, vocabularySize];
  return [
    tensorValue('input_ids', ELEMENT.int64, ['batch', 'prompt']),
    tensorValue('start_index', ELEMENT.int64, []),
    tensorValue('max_rounds', ELEMENT.int64, []),
    tensorValue('timestamps', ELEMENT.bool, []),
    tensorValue('first_mask', ELEMENT.float32, mask),
    tensorValue('mask', ELEMENT.float32, mask),
    ...(draws
      ? [
          tensorValue('sampled', ELEMENT.bool, []),
          tensorValue('temperature', ELEMENT.float32, []),
          tensorValue('draws', ELEMENT.float32, ['batch', 'draws']),
        ]
      : []),
    ...(mayLoop ? [tensorValue('stop_at_loops', ELEMENT.bool, [])] : []),
  ];
}

/**
 * The outputs of a search:
 * - `tokens` int64 [batch, written]: end of text included, then NO_TOKEN
 * - `logprobs` float32 [batch, written]: after the rules
 * - `start_logits` float32 [batch, vocabulary]: before any rule, after <|startoftranscript|>
 */
export function searchOutputs({ vocabularySize }: LoopRules): OnnxValue[] {
  return [
    tensorValue('tokens', ELEMENT.int64, ['batch', 'written']),
    tensorValue('logprobs', ELEMENT.float32, ['batch', 'written']),
    tensorValue('start_logits', ELEMENT.float32, ['batch', vocabularySize]),
  ];
}
