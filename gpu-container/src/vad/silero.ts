import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { type OnnxSession, openSession, type SessionOptions } from '../onnx/session.ts';
import {
  CONTEXT_SAMPLES,
  FRAME_SAMPLES,
  INPUT_SAMPLES,
  STATE_SHAPE,
  sileroGraph,
} from './silero-graph.ts';
import { readSileroWeights } from './silero-weights.ts';

export { FRAME_SAMPLES };

/**
 * Speech probabilities of consecutive blocks of one recording. A block holds
 * whole frames of 512 samples, only the last may end short; the result has one
 * probability per frame. Memory grows with the block: 5 KB per frame or so.
 */
type SpeechProbabilities = (block: Float32Array) => Promise<Float32Array>;

/** A loaded voice activity model. */
export type SpeechDetector = {
  /** Starts on a recording; streams do not disturb one another. */
  stream(): SpeechProbabilities;
  dispose(): Promise<void>;
};

/**
 * Loads Silero VAD v6 (https://github.com/snakers4/silero-vad). The model is
 * recurrent: each frame is judged after the 64 samples before it and with the
 * state that the frames before it left. The frames of a block go through it in
 * one run, see {@link sileroGraph}.
 *
 * @param modelPath the ONNX file as published
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openSpeechDetector(
  modelPath: string,
  options: SessionOptions = {},
): Promise<SpeechDetector> {
  const graph = sileroGraph(readSileroWeights(await readFile(modelPath)));
  const session = await openSession(modelPath, options, graph);
  return {
    stream: () => streamThrough(session),
    dispose: () => session.dispose(),
  };
}

function streamThrough(session: OnnxSession): SpeechProbabilities {
  const context = new Float32Array(CONTEXT_SAMPLES);
  let rows = new Float32Array(0);
  let state = new Tensor('float32', new Float32Array(2 * 128), STATE_SHAPE);

  return async (block) => {
    const frames = Math.ceil(block.length / FRAME_SAMPLES);
    if (frames === 0) {
      return new Float32Array(0);
    }
    if (rows.length !== frames * INPUT_SAMPLES) {
      rows = new Float32Array(frames * INPUT_SAMPLES);
    }
    fillRows(rows, context, block);
    const input = new Tensor('float32', rows, [frames, INPUT_SAMPLES]);
    const { output, stateN } = await session.run({ input, state }, ['output', 'stateN']);
    state = stateN as typeof state;
    context.set(rows.subarray(-CONTEXT_SAMPLES));
    return output.data as Float32Array;
  };
}

/** Lays out frames, each after the samples before it; the last one ends in zeros where it is short. */
function fillRows(rows: Float32Array, context: Float32Array, block: Float32Array): void {
  rows.set(context);
  rows.set(block.subarray(0, FRAME_SAMPLES), CONTEXT_SAMPLES);
  for (let row = INPUT_SAMPLES; row < rows.length; row += INPUT_SAMPLES) {
    const start = (row / INPUT_SAMPLES) * FRAME_SAMPLES;
    rows.set(block.subarray(start - CONTEXT_SAMPLES, start + FRAME_SAMPLES), row);
  }
  const missing = Math.ceil(block.length / FRAME_SAMPLES) * FRAME_SAMPLES - block.length;
  rows.fill(0, rows.length - missing);
}
