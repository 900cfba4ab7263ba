import { Tensor } from 'onnxruntime-node';
import type { OnnxSession } from '../../onnx/session.ts';
import { type LogMel, WINDOW_FRAMES } from '../mel/log-mel.ts';
import type { AudioWindow } from '../recognizer.ts';
import type { WhisperDimensions } from './model-config.ts';

/** What the decoder listens to: [batch, encoderPositions, d_model]. */
export type EncoderStates = Tensor;

/** Log-mel features [batch, melBins, 3000] to encoder states. */
export async function encodeFeatures(
  session: OnnxSession,
  features: Float32Array,
  { melBins }: Pick<WhisperDimensions, 'melBins'>,
): Promise<EncoderStates> {
  const batch = features.length / (melBins * WINDOW_FRAMES);
  const input_features = new Tensor('float32', features, [batch, melBins, WINDOW_FRAMES]);
  const outputs = await session.run({ input_features }, ['last_hidden_state']);
  return outputs.last_hidden_state;
}

/**
 * An encoder of single windows that remembers what it encoded for as long as
 * the window object lives: language detection and recognition share one pass.
 */
export function windowEncoder(
  session: OnnxSession,
  extract: LogMel,
  dimensions: WhisperDimensions,
): (window: AudioWindow) => Promise<EncoderStates> {
  const encoded = new WeakMap<AudioWindow, EncoderStates>();
  return async (window) => {
    const states =
      encoded.get(window) ?? (await encodeFeatures(session, extract(window.samples), dimensions));
    encoded.set(window, states);
    return states;
  };
}
