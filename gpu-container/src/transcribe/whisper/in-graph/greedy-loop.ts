import { writeModel } from '../../../onnx/graph/model-file.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../../onnx/session.ts';
import type { EncoderStates } from '../encoder.ts';
import type { WhisperDimensions, WhisperVocabulary } from '../model-config.ts';
import { RUNAWAY } from '../runaway.ts';
import type { Hypothesis } from '../search.ts';
import type { DecoderGraph } from '../sessions.ts';
import { buildGreedyLoop } from './greedy-loop-graph.ts';
import { type TokenMasks, tokenMasks } from './masks.ts';
import { readTexts, type SearchRequest, searchFeeds } from './search-tensors.ts';

/** The prompts are of the rows of the states, in their order. */
export type GreedyRequest = SearchRequest & { readonly states: EncoderStates };

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
  { states, ...search }: GreedyRequest,
  masks: TokenMasks,
  vocabulary: WhisperVocabulary,
): Promise<Hypothesis[]> {
  const outputs = await session.run(
    { encoder_hidden_states: states, ...searchFeeds(search, masks) },
    ['tokens', 'logprobs', 'start_logits'],
  );
  return readTexts(outputs, search.prompts.length, vocabulary);
}
