import { Tensor } from 'onnxruntime-node';
import { WEIGHTS_FILE } from '../../../models/prepare/prepare-whisper.ts';
import { type FloatType, floatTensor, floatTypeOf } from '../../../onnx/float-tensor.ts';
import { writeModel } from '../../../onnx/graph/model-file.ts';
import { openSession, type SessionOptions } from '../../../onnx/session.ts';
import { WINDOW_SAMPLES } from '../../mel/log-mel.ts';
import type { EncoderStates } from '../encoder.ts';
import type { WhisperDimensions } from '../model-config.ts';
import { NETWORK_TYPES } from '../network/network.ts';
import { readPublishedWeights } from '../network/published-weights.ts';
import type { Prompt } from '../prompt.ts';
import type { WhisperDescription, WhisperFiles } from '../recognizer.ts';
import { RUNAWAY } from '../runaway.ts';
import type { Hypothesis } from '../search.ts';
import { drawSequence } from '../token-choice.ts';
import { tokenMasks } from './masks.ts';
import { readTexts, searchFeeds } from './search-tensors.ts';
import { buildSpeechModel } from './speech-graph.ts';

/** What a speech model listens to: samples, or what it made of them before. */
export type Heard =
  | { readonly samples: readonly Float32Array[] }
  | { readonly states: EncoderStates };

export type SpeechRequest = Heard & {
  /** One per window, all of one length. */
  readonly prompts: readonly Prompt[];
  /** Whether the timestamp rules apply. */
  readonly timestamps: boolean;
  /** At least 1. */
  readonly maxNewTokens: number;
  /** 0 takes the most probable token; above it tokens are drawn. */
  readonly temperature: number;
  /** Texts per window, each drawn by itself; 1 at temperature 0. Default 1. */
  readonly textsPerWindow?: number;
  /** Whether a text ends that has come to repeat itself. */
  readonly stopAtLoops: boolean;
  /** Whether the states are wanted, which takes a transfer from the device. Default false. */
  readonly keepStates?: boolean;
};

export type SpeechResult = {
  /** Per window its texts. */
  readonly texts: readonly (readonly Hypothesis[])[];
  /** What was heard, where it was to be kept: [windows, encoderPositions, d_model]. */
  readonly states?: EncoderStates;
};

/** From samples to tokens in one run. */
export type SpeechModel = {
  /**
   * Writes the texts of a batch of windows of up to 30 s, mono at 16 kHz. A run
   * cannot be interrupted, and lasts as long as its longest text.
   */
  run(request: SpeechRequest): Promise<SpeechResult>;
  dispose(): Promise<void>;
};

export type SpeechModelOptions = SessionOptions & {
  /** Default: fp16 on CUDA, fp32 on the CPU, which computes in nothing less. */
  readonly precision?: 'fp32' | 'fp16';
};

/**
 * Loads published weights as one model from samples to tokens.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 * @throws RangeError where a weight is missing
 */
export async function openSpeechModel(
  files: WhisperFiles,
  { dimensions, vocabulary }: Pick<WhisperDescription, 'dimensions' | 'vocabulary'>,
  { precision, ...options }: SpeechModelOptions = {},
): Promise<SpeechModel> {
  const elementType = NETWORK_TYPES[precision ?? (options.device === 'cuda' ? 'fp16' : 'fp32')];
  const rules = { ...vocabulary, ...dimensions, runaway: RUNAWAY };
  const weights = await readPublishedWeights(files);
  const graph = writeModel(buildSpeechModel(weights, dimensions, elementType, rules));
  const session = await openSession(files.file(WEIGHTS_FILE), options, graph);
  const statesType = floatTypeOf(session, 'heard_states');
  const masks = {
    plain: tokenMasks(vocabulary, dimensions, false),
    timestamps: tokenMasks(vocabulary, dimensions, true),
  };

  return {
    async run(request) {
      const { prompts, temperature, maxNewTokens, textsPerWindow = 1, keepStates } = request;
      const windows = prompts.map((_, window) => window);
      const windowOfText = windows.flatMap((window) => Array<number>(textsPerWindow).fill(window));
      const draws = drawsFor(windowOfText, textsPerWindow, temperature, maxNewTokens);
      const outputs = await session.run(
        {
          ...heardFeeds(request, statesType, dimensions),
          ...searchFeeds(
            { ...request, prompts: windowOfText.map((window) => prompts[window]!) },
            request.timestamps ? masks.timestamps : masks.plain,
          ),
          window: new Tensor('int64', BigInt64Array.from(windowOfText, BigInt), [
            windowOfText.length,
          ]),
          sampled: bool(temperature > 0),
          temperature: new Tensor('float32', Float32Array.of(temperature), []),
          draws,
          stop_at_loops: bool(request.stopAtLoops),
        },
        ['tokens', 'logprobs', 'start_logits', ...(keepStates ? (['states'] as const) : [])],
      );
      const written = readTexts(outputs, windowOfText.length, vocabulary);
      return {
        texts: windows.map((window) =>
          written.slice(window * textsPerWindow, (window + 1) * textsPerWindow),
        ),
        ...(keepStates && { states: outputs.states! }),
      };
    },
    dispose: () => session.dispose(),
  };
}

function heardFeeds(
  heard: Heard,
  statesType: FloatType,
  { encoderPositions, decoderHeads, headSize }: WhisperDimensions,
): Record<'samples' | 'heard' | 'heard_states', Tensor> {
  if ('states' in heard) {
    const samples = new Tensor('float32', new Float32Array(0), [0, WINDOW_SAMPLES]);
    return { samples, heard: bool(true), heard_states: heard.states };
  }
  const samples = new Float32Array(heard.samples.length * WINDOW_SAMPLES);
  for (const [window, spoken] of heard.samples.entries()) {
    samples.set(spoken, window * WINDOW_SAMPLES);
  }
  const nothing = [0, encoderPositions, decoderHeads * headSize];
  return {
    samples: new Tensor('float32', samples, [heard.samples.length, WINDOW_SAMPLES]),
    heard: bool(false),
    heard_states: floatTensor(statesType, new Float32Array(0), nothing),
  };
}

/** Each text of a window draws from a seed of its own, the same in every window: float32 [texts, tokens]. */
function drawsFor(
  windowOfText: readonly number[],
  textsPerWindow: number,
  temperature: number,
  maxNewTokens: number,
): Tensor {
  const tokens = temperature > 0 ? maxNewTokens : 1;
  const draws = new Float32Array(windowOfText.length * tokens);
  for (const text of windowOfText.keys()) {
    draws.set(drawSequence(text % textsPerWindow, tokens), text * tokens);
  }
  return new Tensor('float32', draws, [windowOfText.length, tokens]);
}

function bool(value: boolean): Tensor {
  return new Tensor('bool', [value], []);
}
