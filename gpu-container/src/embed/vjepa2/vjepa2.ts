import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { assertWholeSlices, FRAMES_PER_SLICE, type VideoTokens } from './time-slices.ts';
import { VJEPA2_FRAME_SHAPE } from './vjepa2-preprocessing.ts';

/** The encoder of V-JEPA 2 (Assran et al., 2025). */
export type Vjepa2 = {
  /**
   * The tokens of one clip. Every token sees the whole clip: the time it takes
   * grows with the square of the frames.
   *
   * @param pixels [frames, 3, 256, 256], as `vjepa2Pixels` makes them; an even number of frames,
   * of which the published model has seen 64 in training
   * @throws RangeError for pixels that are not of an even number of whole frames
   */
  encode(pixels: Float32Array): Promise<VideoTokens>;
  dispose(): Promise<void>;
};

const INPUT = 'pixel_values_videos';
const OUTPUT = 'last_hidden_state';
const FRAME_LENGTH = VJEPA2_FRAME_SHAPE.reduce((product, side) => product * side, 1);

/**
 * Loads the encoder of V-JEPA 2 in single or half precision; its predictor is
 * not wanted. The length of a token is the model's.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openVjepa2({
  path,
  ...options
}: { path: string } & SessionOptions): Promise<Vjepa2> {
  const session = await openSession(path, options);
  const type = floatTypeOf(session, INPUT);
  return {
    async encode(pixels) {
      const frames = pixels.length / FRAME_LENGTH;
      assertWholeSlices(frames);
      const shape = [1, frames, ...VJEPA2_FRAME_SHAPE];
      const outputs = await session.run({ [INPUT]: floatTensor(type, pixels, shape) }, [OUTPUT]);
      const [, tokens = 0, dims = 0] = outputs[OUTPUT].dims;
      const slices = frames / FRAMES_PER_SLICE;
      const tokensPerSlice = tokens / slices;
      if (!Number.isInteger(tokensPerSlice) || tokensPerSlice === 0 || dims === 0) {
        throw new RangeError(`${tokens} tokens are not ${slices} slices of patches`);
      }
      return { slices, tokensPerSlice, dims, data: floatsOf(outputs[OUTPUT]) };
    },
    dispose: () => session.dispose(),
  };
}
