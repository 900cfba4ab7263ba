import type { Tensor } from 'onnxruntime-node';
import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { writeModel } from '../../onnx/graph/model-file.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { readFasterEncoder } from './faster-encoder.ts';
import { assertWholeSlices, FRAMES_PER_SLICE, type VideoTokens } from './time-slices.ts';
import { VJEPA2_FRAME_SHAPE, vjepa2PixelsOfCrops } from './vjepa2-preprocessing.ts';

/** The encoder of V-JEPA 2 (Assran et al., 2025). */
export type Vjepa2<Pixels extends Float32Array | Uint8Array = Float32Array> = {
  /**
   * The frames of a clip as it takes them, one after the other.
   *
   * @param crops as `vjepa2Crop` makes them
   */
  pixelsOf(crops: readonly RgbImage[]): Pixels;
  /**
   * The tokens of one clip. Every token sees the whole clip: the time it takes
   * grows with the square of the frames.
   *
   * @param pixels [frames, 3, 256, 256], as `vjepa2Pixels` makes them, or bytes
   * [frames, 256, 256, 3]; an even number of frames, of which the published model has seen 64 in
   * training
   * @throws RangeError for pixels that are not of an even number of whole frames
   */
  encode(pixels: Pixels): Promise<VideoTokens>;
  /**
   * The mean token of each slice of clips that have as many frames each.
   *
   * @param clips as {@link Vjepa2.encode} takes them
   * @returns for each clip [slices, dims]
   * @throws RangeError as {@link Vjepa2.encode}, and for clips that differ in their length
   */
  encodeSlices?(clips: readonly Pixels[]): Promise<Float32Array[][]>;
  dispose(): Promise<void>;
};

export const VJEPA2_INPUT = 'pixel_values_videos';
export const VJEPA2_OUTPUT = 'last_hidden_state';
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
  const model =
    options.sessionOptions === 'default' ? undefined : writeModel(await readFasterEncoder(path));
  const session = await openSession(path, options, model);
  const type = floatTypeOf(session, VJEPA2_INPUT);
  return {
    pixelsOf: vjepa2PixelsOfCrops,
    async encode(pixels) {
      const frames = framesOf(pixels);
      const shape = [1, frames, ...VJEPA2_FRAME_SHAPE];
      const outputs = await session.run({ [VJEPA2_INPUT]: floatTensor(type, pixels, shape) }, [
        VJEPA2_OUTPUT,
      ]);
      return videoTokens(outputs[VJEPA2_OUTPUT], frames);
    },
    dispose: () => session.dispose(),
  };
}

/** @throws RangeError for pixels that are not of an even number of whole frames */
export function framesOf(pixels: Float32Array | Uint8Array): number {
  const frames = pixels.length / FRAME_LENGTH;
  assertWholeSlices(frames);
  return frames;
}

/**
 * The tokens of the one clip of a batch, [1, tokens, dims].
 *
 * @throws RangeError for tokens that are not those of so many frames
 */
export function videoTokens(tensor: Tensor, frames: number): VideoTokens {
  const [, tokens = 0, dims = 0] = tensor.dims;
  const slices = frames / FRAMES_PER_SLICE;
  const tokensPerSlice = tokens / slices;
  if (!Number.isInteger(tokensPerSlice) || tokensPerSlice === 0 || dims === 0) {
    throw new RangeError(`${tokens} tokens are not ${slices} slices of patches`);
  }
  return { slices, tokensPerSlice, dims, data: floatsOf(tensor) };
}
