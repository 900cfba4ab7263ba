import { writeModel } from '../../../onnx/graph/model-file.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../../onnx/session.ts';
import { tokenTensor } from '../../../onnx/token-tensor.ts';
import type { EncoderStates } from '../encoder.ts';
import type { AlignmentHead, WhisperDimensions, WhisperVocabulary } from '../model-config.ts';
import type { DecoderGraph } from '../sessions.ts';

/** What one row of a pass tells. */
export type PassedText = {
  /** Log-probability of each token but the first, among those that are text; meaningless for others. */
  readonly logprobs: Float32Array;
  /** Where each alignment head listened, [positions, encoderPositions]; every row adds up to 1. */
  readonly heads: readonly Float32Array[];
};

/** Passes texts that are known already over what was heard (teacher forcing). */
export type TextPass = {
  /** How many positions, of all texts together, a pass may have. */
  readonly maxPositions: number;
  /**
   * @param states what each row heard
   * @param texts prompt and all, one per row
   */
  pass(states: EncoderStates, texts: readonly (readonly number[])[]): Promise<PassedText[]>;
  dispose(): Promise<void>;
};

/** Logits of every position for the whole vocabulary, 200 kB each, are there more than once: 0.75 GB for 1024. */
const MAX_PASS_POSITIONS = { cpu: 256, cuda: 1024 } as const;

/**
 * Loads a text pass.
 *
 * @param model as `text-pass-graph.ts` makes it
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openTextPass(
  { path, model }: DecoderGraph,
  heads: readonly AlignmentHead[],
  { dimensions, vocabulary }: { dimensions: WhisperDimensions; vocabulary: WhisperVocabulary },
  options: SessionOptions = {},
): Promise<TextPass> {
  const session = await openSession(path, options, writeModel(model));
  return {
    maxPositions: MAX_PASS_POSITIONS[options.device ?? 'cpu'],
    pass: (states, texts) =>
      runPass(session, states, texts, vocabulary.endOfText, heads, dimensions),
    dispose: () => session.dispose(),
  };
}

async function runPass(
  session: OnnxSession,
  encoder_hidden_states: EncoderStates,
  texts: readonly (readonly number[])[],
  endOfText: number,
  heads: readonly AlignmentHead[],
  { encoderPositions }: WhisperDimensions,
): Promise<PassedText[]> {
  const positions = Math.max(...texts.map(({ length }) => length));
  // Attention looks back only: what fills up the shorter texts changes nothing in them.
  const padded = texts.map((text) => [
    ...text,
    ...Array<number>(positions - text.length).fill(endOfText),
  ]);
  const input_ids = tokenTensor(padded);
  const outputs = await session.run({ encoder_hidden_states, input_ids }, [
    'logprobs',
    'attention',
  ]);
  const logprobs = outputs.logprobs.data as Float32Array;
  const attention = outputs.attention.data as Float32Array;
  return texts.map((text, row) => ({
    logprobs: logprobs.subarray(row * positions, row * positions + text.length - 1),
    heads: heads.map((_, head) => {
      const from = (row * heads.length + head) * positions * encoderPositions;
      return attention.subarray(from, from + text.length * encoderPositions);
    }),
  }));
}
