import { Tensor } from 'onnxruntime-node';
import { writeModel } from '../../../onnx/graph/model-file.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../../onnx/session.ts';
import { tokenTensor } from '../../../onnx/token-tensor.ts';
import type { EncoderStates } from '../encoder.ts';
import type { WhisperDimensions, WhisperVocabulary } from '../model-config.ts';
import type { Prompt } from '../prompt.ts';
import { RUNAWAY } from '../runaway.ts';
import type { Hypothesis } from '../search.ts';
import type { DecoderGraph } from '../sessions.ts';
import { startScores } from '../start-scores.ts';
import { buildGreedyLoop } from './greedy-loop-graph.ts';
import { type TokenMasks, tokenMasks } from './masks.ts';
import { NO_TOKEN } from './rows.ts';

export type GreedyRequest = {
  readonly states: EncoderStates;
  /** One per row of the states, all of one length. */
  readonly prompts: readonly Prompt[];
  /** Whether the timestamp rules apply. */
  readonly timestamps: boolean;
  /** At least 1. */
  readonly maxNewTokens: number;
};

/** Writes the most probable token again and again, all of it in one run of the session. */
export type GreedyLoop = {
  /**
   * The texts that {@link searchTokens} would write at temperature 0, with its
   * filters and its stop at a runaway. A run cannot be interrupted, and lasts as
   * long as its longest text: at most maxNewTokens steps.
   */
  decode(request: GreedyRequest): Promise<Hypothesis[]>;
  dispose(): Promise<void>;
};

/**
 * Loads a merged decoder as a greedy loop.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openGreedyLoop(
  { path, model }: DecoderGraph,
  { dimensions, vocabulary }: { dimensions: WhisperDimensions; vocabulary: WhisperVocabulary },
  options: SessionOptions = {},
): Promise<GreedyLoop> {
  const rules = { ...vocabulary, ...dimensions, runaway: RUNAWAY };
  const loop = writeModel(buildGreedyLoop(model, rules));
  const session = await openSession(path, options, loop);
  const masks = {
    plain: tokenMasks(vocabulary, dimensions, false),
    timestamps: tokenMasks(vocabulary, dimensions, true),
  };
  return {
    decode: (request) =>
      runLoop(session, request, request.timestamps ? masks.timestamps : masks.plain, vocabulary),
    dispose: () => session.dispose(),
  };
}

async function runLoop(
  session: OnnxSession,
  { states, prompts, timestamps, maxNewTokens }: GreedyRequest,
  masks: TokenMasks,
  vocabulary: WhisperVocabulary,
): Promise<Hypothesis[]> {
  const { tokens, logprobs, start_logits } = await session.run(
    {
      encoder_hidden_states: states,
      input_ids: tokenTensor(prompts.map((prompt) => prompt.tokens)),
      start_index: int64(prompts[0]!.startIndex),
      max_rounds: int64(maxNewTokens - 1),
      timestamps: new Tensor('bool', [timestamps], []),
      first_mask: maskRow(masks.first),
      mask: maskRow(masks.usual),
    },
    ['tokens', 'logprobs', 'start_logits'],
  );
  const tokenOf = rowsOf(Array.from(tokens.data as BigInt64Array, Number), prompts.length);
  const logprobOf = rowsOf(logprobs.data as Float32Array, prompts.length);
  const startOf = rowsOf(start_logits.data as Float32Array, prompts.length);
  return prompts.map((_, row) => ({
    ...startScores(startOf(row), vocabulary),
    ...writtenText(tokenOf(row), logprobOf(row), vocabulary),
  }));
}

function writtenText(
  tokens: readonly number[],
  logprobs: Float32Array,
  { endOfText }: WhisperVocabulary,
): Pick<Hypothesis, 'tokens' | 'logprobs'> {
  const written = tokens.filter((token) => token !== NO_TOKEN);
  return {
    tokens: written.filter((token) => token !== endOfText),
    logprobs: [...logprobs.subarray(0, written.length)],
  };
}

function rowsOf<Numbers extends number[] | Float32Array>(
  numbers: Numbers,
  rows: number,
): (row: number) => Numbers {
  const width = numbers.length / rows;
  return (row) => numbers.slice(row * width, (row + 1) * width) as Numbers;
}

function int64(value: number): Tensor {
  return new Tensor('int64', BigInt64Array.of(BigInt(value)), []);
}

function maskRow(mask: Float32Array): Tensor {
  return new Tensor('float32', mask, [1, mask.length]);
}
