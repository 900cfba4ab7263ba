import type { Tensor } from 'onnxruntime-node';
import { floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
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
  const type = floatTypeOf(session, 'input_features');
  const input_features = floatTensor(type, features, [batch, melBins, WINDOW_FRAMES]);
  const outputs = await session.run({ input_features }, ['last_hidden_state']);
  return outputs.last_hidden_state;
}

/**
 * An encoder of single windows, which gain nothing from a batch, that remembers
 * what it encoded for as long as the samples live: language detection and
 * recognition share one pass.
 */
export function windowEncoder(
  session: OnnxSession,
  extract: LogMel,
  dimensions: WhisperDimensions,
): (window: AudioWindow) => Promise<EncoderStates> {
  const encoded = new WeakMap<Float32Array, EncoderStates>();
  return async ({ samples }) => {
    const states =
      encoded.get(samples) ?? (await encodeFeatures(session, extract(samples), dimensions));
    encoded.set(samples, states);
    return states;
  };
}
