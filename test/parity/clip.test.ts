import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { MediaTools } from '../../gpu-container/src/decode/ffmpeg-binary.ts';
import { clipPixels } from '../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import { type ClipText, openClipText } from '../../gpu-container/src/embed/clip/clip-text.ts';
import {
  type ClipTokenizer,
  clipTokenizer,
} from '../../gpu-container/src/embed/clip/clip-tokens.ts';
import { type ClipVision, openClipVision } from '../../gpu-container/src/embed/clip/clip-vision.ts';
import type { RgbImage } from '../../gpu-container/src/embed/image/rgb-image.ts';
import { cosineSimilarity } from '../../gpu-container/src/vector/similarity.ts';
import { findMediaTools, runFfmpeg } from '../environment/media-tools.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

/** Of red, green and blue. */
const PIXEL_STD = [0.26862954, 0.26130258, 0.27577711];
const MAX_LEVEL = 255;
/** What float32 makes of a level, before normalisation: far less than one level. */
const LEVEL_TOLERANCE = 1e-3;
const RELATIVE_TOLERANCE = 1e-4;
const COSINE_DISTANCE = 1e-6;
/** ffmpeg brings a JPEG's halved colours to full size otherwise than libjpeg, by up to 90 levels at an edge. */
const LOSSY_COSINE_DISTANCE = 5e-4;

type ImageMeta = { file: string; size: [width: number, height: number] };
type TextMeta = { text: string; tokens: number[] };

const fixture = (...parts: string[]) => sharedPath('fixtures', 'clip', ...parts);
const nameOf = ({ file }: ImageMeta) => file.replace(/^images\/(.*)\.\w+$/, '$1');
const referenceOf = async (image: ImageMeta, what: string) =>
  (await readNpy(fixture(`${nameOf(image)}.${what}.npy`))).data;

describeWithShared('CLIP against transformers', () => {
  let images: readonly ImageMeta[];
  let texts: readonly TextMeta[];
  let tools: MediaTools;
  let vision: ClipVision;
  let tokenizer: ClipTokenizer;
  let text: ClipText;

  beforeAll(async () => {
    ({ images, texts } = JSON.parse(await readFile(fixture('meta.json'), 'utf8')));
    tools = await findMediaTools();
    tokenizer = clipTokenizer(JSON.parse(await readFile(fixture('model/tokenizer.json'), 'utf8')));
    const model = (name: string) => fixture('model', 'onnx', name);
    vision = await openClipVision({ path: model('vision_model.onnx'), threads: 1 });
    text = await openClipText({ path: model('text_model.onnx'), tokenizer, threads: 1 });
  });

  afterAll(() => Promise.all([vision.dispose(), text.dispose()]));

  it('prepares the very pixels of every image that needs no lossy decoder', async () => {
    const lossless = images.filter(({ file }) => file.endsWith('.png'));
    expect(lossless.map(nameOf)).toEqual(
      expect.arrayContaining(['one_1x1', 'gray_199x301', 'alpha_257x255', 'gradient_333x251']),
    );
    for (const image of lossless) {
      const ours = clipPixels([await decodeImage(tools, image)]);
      const levels = levelsBetween(ours, await referenceOf(image, 'pixel_values'));
      expect([image.file, levels < LEVEL_TOLERANCE]).toEqual([image.file, true]);
    }
  });

  it('embeds an image from its file in the same direction', async () => {
    for (const image of images) {
      const [ours] = await vision.embed(clipPixels([await decodeImage(tools, image)]));
      const distance = 1 - cosineSimilarity(ours!, await referenceOf(image, 'image_embeds'));
      const bound = image.file.endsWith('.png') ? COSINE_DISTANCE : LOSSY_COSINE_DISTANCE;
      expect([image.file, distance < bound]).toEqual([image.file, true]);
      expect(Math.hypot(...ours!)).toBeCloseTo(1, 5);
    }
  });

  it('has the same projections of the stored pixels, all images in one batch', async () => {
    const pixels = await Promise.all(images.map((image) => referenceOf(image, 'pixel_values')));
    const batch = new Float32Array(await new Blob(pixels).arrayBuffer());
    const projections = await vision.project(batch);
    expect(projections).toHaveLength(images.length);
    for (const [index, image] of images.entries()) {
      const reference = await referenceOf(image, 'image_embeds');
      expect(relativeDifference(projections[index]!, reference)).toBeLessThan(RELATIVE_TOLERANCE);
    }
  });

  it('has the same tokens, the longest text cut at 77', () => {
    expect(Math.max(...texts.map(({ tokens }) => tokens.length))).toBe(77);
    for (const { text: content, tokens } of texts) {
      expect(tokenizer.tokenize(content)).toEqual(tokens);
    }
  });

  it('has the same projections of texts, singly and padded in a batch', async () => {
    const { shape, data } = await readNpy(fixture('text_embeds.npy'));
    const dims = shape[1]!;
    const contents = texts.map(({ text: content }) => content);
    const together = await text.project(contents);
    // The last is as long as a text can be, which pads the others to 77.
    const short = await text.project(contents.slice(0, 2));
    expect(together).toHaveLength(shape[0]!);
    for (const [row, projection] of [...together.entries(), ...short.entries()]) {
      const reference = data.subarray(row * dims, (row + 1) * dims);
      expect(relativeDifference(projection, reference)).toBeLessThan(RELATIVE_TOLERANCE);
    }
  });

  it('scales texts to length 1', async () => {
    const [embedding] = await text.embed(['a photo of a cat']);
    const [projection] = await text.project(['a photo of a cat']);
    expect(Math.hypot(...embedding!)).toBeCloseTo(1, 5);
    expect(cosineSimilarity(embedding!, projection!)).toBeCloseTo(1, 6);
  });

  it('refuses half an image, no image and no text', async () => {
    await expect(vision.embed(new Float32Array(3 * 224 * 112))).rejects.toThrow(RangeError);
    await expect(vision.embed(new Float32Array())).rejects.toThrow(RangeError);
    await expect(text.embed([])).rejects.toThrow(RangeError);
  });

  it('refuses the one half of the model for the other', async () => {
    const [seeing, reading] = ['vision_model.onnx', 'text_model.onnx'].map((name) =>
      fixture('model', 'onnx', name),
    );
    await expect(openClipVision({ path: reading! })).rejects.toThrow('pixel_values');
    await expect(openClipText({ path: seeing!, tokenizer })).rejects.toThrow('input_ids');
  });
});

/** The pixels of an image's file; alpha is dropped, grey repeated. */
async function decodeImage(tools: MediaTools, { file, size }: ImageMeta): Promise<RgbImage> {
  await using scratch = await makeScratchDir();
  const raw = join(scratch.path, 'pixels.rgb');
  await runFfmpeg(tools, ['-i', fixture(file), '-f', 'rawvideo', '-pix_fmt', 'rgb24', raw]);
  const [width, height] = size;
  return { width, height, data: await readFile(raw) };
}

/** The largest difference of normalised pixels, in levels of 255. */
function levelsBetween(ours: Float32Array, reference: Float32Array): number {
  expect(ours).toHaveLength(reference.length);
  const plane = ours.length / PIXEL_STD.length;
  return ours.reduce((largest, value, at) => {
    const levels =
      Math.abs(value - reference[at]!) * PIXEL_STD[Math.floor(at / plane)]! * MAX_LEVEL;
    return Math.max(largest, levels);
  }, 0);
}

/** Of two vectors, to the length of the reference. */
function relativeDifference(ours: Float32Array, reference: Float32Array): number {
  expect(ours).toHaveLength(reference.length);
  const differences = ours.map((value, dim) => value - reference[dim]!);
  return Math.hypot(...differences) / Math.hypot(...reference);
}
