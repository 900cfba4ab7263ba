import { Tensor } from 'onnxruntime-node';
import { floatsOf } from '../../onnx/float-tensor.ts';
import { writeModel } from '../../onnx/graph/model-file.ts';
import { filledPass } from '../../onnx/pass-size.ts';
import { takeBytePixels } from '../../onnx/rewrite/byte-pixels.ts';
import { addGroupMeans } from '../../onnx/rewrite/group-means.ts';
import { multiplyPatches } from '../../onnx/rewrite/patch-product.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { joinCrops } from '../image/preprocess.ts';
import { readFasterEncoder } from './faster-encoder.ts';
import { FRAMES_PER_SLICE, TOKENS_PER_SLICE } from './time-slices.ts';
import { framesOf, VJEPA2_INPUT, VJEPA2_OUTPUT, type Vjepa2, videoTokens } from './vjepa2.ts';
import { VJEPA2_FRAME_SHAPE, VJEPA2_PREPROCESSING } from './vjepa2-preprocessing.ts';

/** The name of the input that takes bytes, and the shape of a frame of them. */
const BYTES = 'pixels';
const BYTE_FRAME_SHAPE = [...VJEPA2_FRAME_SHAPE.slice(1), VJEPA2_FRAME_SHAPE[0]];

const MEANS = 'slice_means';

/**
 * Loads the encoder of V-JEPA 2 for a GPU, whose time is too short to wait for a core:
 * it takes bytes and normalises them itself, cuts them into patches by a product, and takes
 * the means of slices before they leave the device. Of 64 frames those are 32 vectors in
 * the place of 8192.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openVjepa2OfBytes({
  path,
  ...options
}: { path: string } & SessionOptions): Promise<Vjepa2<Uint8Array>> {
  const model = takeBytePixels(await readFasterEncoder(path), {
    input: VJEPA2_INPUT,
    pixels: { name: BYTES, shape: ['clips', 'frames', ...BYTE_FRAME_SHAPE] },
    ...VJEPA2_PREPROCESSING,
  });
  const pooled = addGroupMeans(multiplyPatches(model), {
    output: VJEPA2_OUTPUT,
    name: MEANS,
    groupSize: TOKENS_PER_SLICE,
  });
  const session = await openSession(path, options, writeModel(pooled));
  return {
    pixelsOf: joinCrops,
    async encode(pixels) {
      const frames = framesOf(pixels);
      const clip = new Tensor('uint8', pixels, [1, frames, ...BYTE_FRAME_SHAPE]);
      const outputs = await session.run({ [BYTES]: clip }, [VJEPA2_OUTPUT]);
      return videoTokens(outputs[VJEPA2_OUTPUT], frames);
    },
    async encodeSlices(clips) {
      const input = stack(clips);
      const { [MEANS]: means } = await session.run({ [BYTES]: input }, [MEANS]);
      const [, slices = 0, dims = 0] = means.dims;
      if (slices * FRAMES_PER_SLICE !== input.dims[1]) {
        throw new RangeError(`${slices} slices are not those of ${input.dims[1]} frames`);
      }
      const data = floatsOf(means);
      return clips.map((_, clip) =>
        Array.from({ length: slices }, (_, slice) => {
          const start = (clip * slices + slice) * dims;
          return data.subarray(start, start + dims);
        }),
      );
    },
    dispose: () => session.dispose(),
  };
}

/** A batch, filled up with black clips to a size that the device knows. */
function stack(clips: readonly Uint8Array[]): Tensor {
  const [first = new Uint8Array()] = clips;
  const frames = framesOf(first);
  if (clips.some(({ length }) => length !== first.length)) {
    throw new RangeError('Clips of a batch have as many frames each');
  }
  const filled = filledPass(clips.length);
  const bytes = new Uint8Array(filled * first.length);
  for (const [index, clip] of clips.entries()) {
    bytes.set(clip, index * first.length);
  }
  return new Tensor('uint8', bytes, [filled, frames, ...BYTE_FRAME_SHAPE]);
}
