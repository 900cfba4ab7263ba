import { floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { CLIP_IMAGE_SHAPE } from './clip-preprocessing.ts';
import { embeddingRows } from './embedding-rows.ts';

/** The half of CLIP that sees. */
export type ClipVision = {
  /**
   * An embedding of each image, scaled to length 1, comparable with those of texts.
   *
   * @param pixels [images, 3, 224, 224], as `clipPixels` makes them
   * @throws RangeError for pixels that are not of whole images, or of none
   */
  embed(pixels: Float32Array): Promise<Float32Array[]>;
  /** The projections as the model puts them out, of whatever length. */
  project(pixels: Float32Array): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};

const INPUT = 'pixel_values';
const OUTPUT = 'image_embeds';
const IMAGE_LENGTH = CLIP_IMAGE_SHAPE.reduce((product, side) => product * side, 1);

/**
 * Loads the vision half of CLIP, an export of transformers' `CLIPVisionModelWithProjection`
 * in single or half precision. The length of an embedding is the model's.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openClipVision({
  path,
  ...options
}: { path: string } & SessionOptions): Promise<ClipVision> {
  const session = await openSession(path, options);
  const type = floatTypeOf(session, INPUT);
  const project = async (pixels: Float32Array) => {
    const images = pixels.length / IMAGE_LENGTH;
    if (!Number.isInteger(images) || images === 0) {
      throw new RangeError(`${pixels.length} numbers are not the pixels of whole images`);
    }
    const shape = [images, ...CLIP_IMAGE_SHAPE];
    const outputs = await session.run({ [INPUT]: floatTensor(type, pixels, shape) }, [OUTPUT]);
    return embeddingRows(outputs[OUTPUT]);
  };
  return {
    embed: async (pixels) => (await project(pixels)).map(unitLength),
    project,
    dispose: () => session.dispose(),
  };
}
