import { Tensor } from 'onnxruntime-node';
import { SAMPLE_RATE } from '../decode/pcm.ts';
import { openSession, type SessionOptions } from '../onnx/session.ts';

/** Samples that one speech probability stands for: 32 ms. */
export const FRAME_SAMPLES = 512;

const CONTEXT_SAMPLES = 64;
const INPUT_SAMPLES = CONTEXT_SAMPLES + FRAME_SAMPLES;
const STATE_SHAPE = [2, 1, 128];
const STATE_SIZE = 2 * 128;

/**
 * Speech probabilities of consecutive blocks of one recording. A block holds
 * whole frames of 512 samples, only the last may end short; the result has one
 * probability per frame.
 */
type SpeechProbabilities = (block: Float32Array) => Promise<Float32Array>;

/** A loaded voice activity model. */
export type SpeechDetector = {
  /** Starts on a recording; streams do not disturb one another. */
  stream(): SpeechProbabilities;
  dispose(): Promise<void>;
};

/**
 * Loads Silero VAD (v5 or v6, https://github.com/snakers4/silero-vad). The model
 * is recurrent: each frame is judged after the 64 samples before it and with the
 * state that the frames before it left.
 *
 * @param modelPath the ONNX file
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openSpeechDetector(
  modelPath: string,
  options: SessionOptions = {},
): Promise<SpeechDetector> {
  // The model is far too small to gain from a second thread.
  const session = await openSession(modelPath, { threads: 1, ...options });
  const sampleRate = new Tensor('int64', BigInt64Array.of(BigInt(SAMPLE_RATE)), []);

  return {
    stream() {
      const samples = new Float32Array(INPUT_SAMPLES);
      let state = new Tensor('float32', new Float32Array(STATE_SIZE), STATE_SHAPE);

      return async (block) => {
        const probabilities = new Float32Array(Math.ceil(block.length / FRAME_SAMPLES));
        for (let frame = 0; frame < probabilities.length; frame++) {
          const start = frame * FRAME_SAMPLES;
          samples.copyWithin(0, FRAME_SAMPLES);
          samples.fill(0, CONTEXT_SAMPLES);
          samples.set(block.subarray(start, start + FRAME_SAMPLES), CONTEXT_SAMPLES);
          const input = new Tensor('float32', samples, [1, INPUT_SAMPLES]);
          const { output, stateN } = await session.run({ input, state, sr: sampleRate }, [
            'output',
            'stateN',
          ]);
          state = stateN as typeof state;
          probabilities[frame] = output.data[0] as number;
        }
        return probabilities;
      };
    },
    dispose: () => session.dispose(),
  };
}
