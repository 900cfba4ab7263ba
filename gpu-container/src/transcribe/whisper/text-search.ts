import { onDemand } from '../../onnx/on-demand.ts';
import type { SessionOptions } from '../../onnx/session.ts';
import type { RecognizeOptions } from '../recognizer.ts';
import { beamSearch } from './beam-search.ts';
import { type DecoderRun, startDecoder } from './decoder.ts';
import type { EncoderStates } from './encoder.ts';
import { openGreedyLoop } from './in-graph/greedy-loop.ts';
import { logitFilters } from './logit-filters.ts';
import type { WhisperDimensions, WhisperVocabulary } from './model-config.ts';
import type { Prompt } from './prompt.ts';
import { runawayDetector } from './runaway.ts';
import { avgLogprob, type Hypothesis, searchTokens } from './search.ts';
import { type DecoderGraph, openDecoder, readDecoder } from './sessions.ts';
import { startScores } from './start-scores.ts';
import { chooseMostProbable, drawTokens } from './token-choice.ts';

/** Texts drawn per window above temperature 0, of which the most probable is kept. */
export const BEST_OF = 5;

/**
 * Numbers of a decoder that may be loaded twice on a CPU. Beyond, the steps take
 * so long that what is between them does not matter, and a run that cannot be
 * interrupted would be too long for a machine that is about to be taken away.
 */
const MAX_LOOPED_WEIGHTS = 200e6;

/** Of a decoder layer, in squares of its width: four each of two attentions, eight between them. */
const WEIGHTS_PER_LAYER = 16;

/** Windows to be read at once. */
export type SearchBatch = {
  readonly states: EncoderStates;
  /** One per row of the states, all of one length. */
  readonly prompts: readonly Prompt[];
};

export type TextSearch = {
  /**
   * Writes the most probable text of each window that a search finds: greedy or
   * with beams at temperature 0, the best of several drawn above it.
   *
   * @throws The signal's reason, where it was aborted.
   */
  search(batch: SearchBatch, temperature: number, options: RecognizeOptions): Promise<Hypothesis[]>;
  /** Per row of the states, how probable each language is, in the order of the vocabulary. */
  languageProbs(states: EncoderStates): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};

type WhisperModel = { dimensions: WhisperDimensions; vocabulary: WhisperVocabulary };

export type TextSearchOptions = SessionOptions & {
  /** False where no search is to be loaded as a loop. Default: as the device and the size have it. */
  readonly loop?: boolean;
  /** How to come by the decoder again, once it is needed step by step. Default: from its file. */
  readonly readAgain?: () => Promise<DecoderGraph>;
};

/**
 * Sets up the searches over a decoder. The greedy one, which reads nearly every
 * window, is loaded as a loop inside the graph; the decoder that is called step
 * by step is loaded when it is first needed.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openTextSearch(
  graph: DecoderGraph,
  { dimensions, vocabulary }: WhisperModel,
  { loop = true, readAgain, ...sessionOptions }: TextSearchOptions,
): Promise<TextSearch> {
  const greedy =
    loop && isLooped(dimensions, sessionOptions)
      ? await openGreedyLoop(graph, { dimensions, vocabulary }, sessionOptions)
      : undefined;
  const { path } = graph;
  // The bytes of the graph are not kept for what may never come.
  const read = readAgain ?? (() => readDecoder(path, sessionOptions));
  const decoder = onDemand(async () => openDecoder(await read(), sessionOptions));
  const startRun = async (states: EncoderStates): Promise<DecoderRun> =>
    startDecoder(await decoder.open(), dimensions)(states);
  if (!greedy) {
    await decoder.open();
  }

  return {
    async search({ states, prompts }, temperature, options) {
      const { timestamps = true, stopAtLoops = false, beamSize = 1, signal } = options;
      const maxNewTokens = newTokensFor(prompts, options, dimensions);
      signal?.throwIfAborted();
      if (greedy && temperature === 0 && beamSize === 1 && stopAtLoops) {
        return greedy.decode({ states, prompts, timestamps, maxNewTokens });
      }
      const limits = {
        filter: logitFilters(vocabulary, timestamps),
        maxNewTokens,
        ...(stopAtLoops && { isRunaway: runawayDetector(vocabulary) }),
        signal,
      };
      const run = await startRun(states);
      if (temperature === 0 && beamSize > 1) {
        const { patience, lengthPenalty } = options;
        const beams = { ...limits, beamSize, patience, lengthPenalty };
        return beamSearch(run, prompts, beams, vocabulary);
      }
      const choosers =
        temperature === 0
          ? [() => chooseMostProbable]
          : Array.from({ length: BEST_OF }, (_, seed) => () => drawTokens(temperature, seed));
      const texts = await searchTokens(run, prompts, choosers, limits, vocabulary);
      return texts.map(mostProbable);
    },
    async languageProbs(states) {
      const rows = Array.from({ length: states.dims[0]! }, (_, row) => row);
      const tokens = [vocabulary.startOfTranscript];
      if (greedy) {
        const prompts = rows.map(() => ({ tokens, startIndex: 0 }));
        const request = { states, prompts, timestamps: false, maxNewTokens: 1 };
        const hypotheses = await greedy.decode(request);
        return hypotheses.map(({ languageProbs }) => languageProbs);
      }
      const run = await startRun(states);
      const logits = await run.prefill(rows.map(() => tokens));
      return rows.map((row) => startScores(logits.at(row, 0), vocabulary).languageProbs);
    },
    async dispose() {
      await greedy?.dispose();
      await decoder.dispose();
    },
  };
}

/** Most tokens that may follow prompts of one length: as asked, or half of what the decoder has room for. */
export function newTokensFor(
  prompts: readonly Prompt[],
  { maxNewTokens }: Pick<RecognizeOptions, 'maxNewTokens'>,
  { decoderPositions }: Pick<WhisperDimensions, 'decoderPositions'>,
): number {
  const room = decoderPositions - prompts[0]!.tokens.length;
  return Math.min(maxNewTokens ?? decoderPositions / 2, room);
}

/** Of the texts of a window the one that is kept. */
export function mostProbable(texts: readonly Hypothesis[]): Hypothesis {
  return texts.reduce((a, b) => (avgLogprob(b) > avgLogprob(a) ? b : a));
}

/** On a GPU the cache would otherwise go to and fro at every step. */
function isLooped(
  { decoderLayers, decoderHeads, headSize, vocabularySize }: WhisperDimensions,
  { device = 'cpu', sessionOptions = 'fast' }: SessionOptions,
): boolean {
  const stateSize = decoderHeads * headSize;
  const weights = decoderLayers * WEIGHTS_PER_LAYER * stateSize ** 2 + vocabularySize * stateSize;
  return sessionOptions === 'fast' && (device === 'cuda' || weights <= MAX_LOOPED_WEIGHTS);
}
