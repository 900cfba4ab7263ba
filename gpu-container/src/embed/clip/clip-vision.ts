import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { readModel, writeModel } from '../../onnx/graph/model-file.ts';
import { filledPass, fillRows } from '../../onnx/pass-size.ts';
import { takeBytePixels } from '../../onnx/rewrite/byte-pixels.ts';
import { fuseAttention } from '../../onnx/rewrite/fused-attention.ts';
import { multiplyPatches } from '../../onnx/rewrite/patch-product.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { joinCrops } from '../image/preprocess.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { CLIP_IMAGE_SHAPE, CLIP_PREPROCESSING, clipPixelsOfCrops } from './clip-preprocessing.ts';
import { embeddingRows } from './embedding-rows.ts';

/** The half of CLIP that sees. */
export type ClipVision<Pixels extends Float32Array | Uint8Array = Float32Array> = {
  /**
   * Images as it takes them, one after the other.
   *
   * @param crops as `clipCrop` makes them
   */
  pixelsOf(crops: readonly RgbImage[]): Pixels;
  /**
   * An embedding of each image, scaled to length 1, comparable with those of texts.
   *
   * @param pixels [images, 3, 224, 224], as `clipPixels` makes them, or bytes [images, 224, 224, 3]
   * @throws RangeError for pixels that are not of whole images, or of none
   */
  embed(pixels: Pixels): Promise<Float32Array[]>;
  /** The projections as the model puts them out, of whatever length. */
  project(pixels: Pixels): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};

type OpenOptions = { path: string } & SessionOptions;

const INPUT = 'pixel_values';
const OUTPUT = 'image_embeds';
const IMAGE_LENGTH = CLIP_IMAGE_SHAPE.reduce((product, side) => product * side, 1);

/** The name of the input that takes bytes, and their shape. */
const BYTES = 'pixels';
const BYTE_IMAGE_SHAPE = [...CLIP_IMAGE_SHAPE.slice(1), CLIP_IMAGE_SHAPE[0]];

/**
 * Loads the vision half of CLIP, an export of transformers' `CLIPVisionModelWithProjection`
 * in single or half precision. The length of an embedding is the model's.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openClipVision({ path, ...options }: OpenOptions): Promise<ClipVision> {
  const session = await openSession(path, options);
  const type = floatTypeOf(session, INPUT);
  return visionOf(session, clipPixelsOfCrops, async (pixels, images) => {
    const input = floatTensor(type, pixels, [images, ...CLIP_IMAGE_SHAPE]);
    return embeddingRows((await session.run({ [INPUT]: input }, [OUTPUT]))[OUTPUT]);
  });
}

/**
 * Loads the same for a GPU, whose time is too short to wait for floats: it takes
 * bytes and normalises them itself, cuts them into patches by a product, attends without
 * the matrix of all positions by all others, and sees only passes of a few sizes, filled up
 * where images are fewer.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openClipVisionOfBytes({
  path,
  ...options
}: OpenOptions): Promise<ClipVision<Uint8Array>> {
  const model = takeBytePixels(readModel(await readFile(path)), {
    input: INPUT,
    pixels: { name: BYTES, shape: ['images', ...BYTE_IMAGE_SHAPE] },
    ...CLIP_PREPROCESSING,
  });
  const session = await openSession(
    path,
    options,
    writeModel(fuseAttention(multiplyPatches(model))),
  );
  return visionOf(session, joinCrops, async (pixels, images) => {
    const filled = filledPass(images);
    const bytes = fillRows(pixels, images, filled);
    const input = new Tensor('uint8', bytes, [filled, ...BYTE_IMAGE_SHAPE]);
    return embeddingRows((await session.run({ [BYTES]: input }, [OUTPUT]))[OUTPUT]).slice(
      0,
      images,
    );
  });
}

function visionOf<Pixels extends Float32Array | Uint8Array>(
  session: OnnxSession,
  pixelsOf: (crops: readonly RgbImage[]) => Pixels,
  run: (pixels: Pixels, images: number) => Promise<Float32Array[]>,
): ClipVision<Pixels> {
  const project = async (pixels: Pixels) => {
    const images = pixels.length / IMAGE_LENGTH;
    if (!Number.isInteger(images) || images === 0) {
      throw new RangeError(`${pixels.length} numbers are not the pixels of whole images`);
    }
    return await run(pixels, images);
  };
  return {
    pixelsOf,
    embed: async (pixels) => (await project(pixels)).map(unitLength),
    project,
    dispose: () => session.dispose(),
  };
}
