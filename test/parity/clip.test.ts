import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { clipPixels } from '../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import { type ClipText, openClipText } from '../../gpu-container/src/embed/clip/clip-text.ts';
import {
  type ClipTokenizer,
  clipTokenizer,
} from '../../gpu-container/src/embed/clip/clip-tokens.ts';
import { createClipVideo } from '../../gpu-container/src/embed/clip/clip-video.ts';
import { type ClipVision, openClipVision } from '../../gpu-container/src/embed/clip/clip-vision.ts';
import { decodeImage } from '../../gpu-container/src/embed/image/decode-image.ts';
import type { RgbImage } from '../../gpu-container/src/embed/image/rgb-image.ts';
import { embedVideo } from '../../gpu-container/src/embed/video/embed-video.ts';
import type {
  EmbedVideoOptions,
  Frame,
  VideoEmbedder,
} from '../../gpu-container/src/embed/video/video-embedder.ts';
import { mirrored, viewsOf } from '../../gpu-container/src/embed/video/views.ts';
import { cosineSimilarity } from '../../gpu-container/src/vector/similarity.ts';
import { unitLength } from '../../gpu-container/src/vector/unit-length.ts';
import { findMediaTools } from '../environment/media-tools.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

/** Of red, green and blue. */
const PIXEL_STD = [0.26862954, 0.26130258, 0.27577711];
const MAX_LEVEL = 255;
/** In levels of 255: what is asked of every image, and what float32 makes of a level in those decoded to the bit. */
const PIXEL_LEVELS = 1;
const EXACT_LEVELS = 1e-3;
const COSINE_DISTANCE = 1e-4;
const RELATIVE_TOLERANCE = 1e-4;

const PLAIN: EmbedVideoOptions = { granularity: 'frame', augmentation: 'none' };
const WISH = { ...PLAIN, pooling: 'mean' } as const;

type ImageMeta = { file: string; size: [width: number, height: number] };
type TextMeta = { text: string; tokens: number[] };

const fixture = (...parts: string[]) => sharedPath('fixtures', 'clip', ...parts);
const nameOf = ({ file }: ImageMeta) => file.replace(/^images\/(.*)\.\w+$/, '$1');
const referenceOf = async (image: ImageMeta, what: string) =>
  (await readNpy(fixture(`${nameOf(image)}.${what}.npy`))).data;

describeWithShared('CLIP against transformers', () => {
  let images: readonly ImageMeta[];
  let texts: readonly TextMeta[];
  let vision: ClipVision;
  let tokenizer: ClipTokenizer;
  let text: ClipText;
  let clip: WatchedClip;

  beforeAll(async () => {
    ({ images, texts } = JSON.parse(await readFile(fixture('meta.json'), 'utf8')));
    tokenizer = clipTokenizer(JSON.parse(await readFile(fixture('model/tokenizer.json'), 'utf8')));
    const model = (name: string) => fixture('model', 'onnx', name);
    vision = await openClipVision({ path: model('vision_model.onnx'), threads: 1 });
    text = await openClipText({ path: model('text_model.onnx'), tokenizer, threads: 1 });
    clip = watchedClip(vision, text);
  });

  // Which disposes of both halves, the text half having been opened.
  afterAll(() => clip.embedder.dispose());

  it('prepares the pixels of every image, odd ones included, within a level', async () => {
    expect(images.map(nameOf)).toEqual(
      expect.arrayContaining(['one_1x1', 'gray_199x301', 'alpha_257x255', 'wide_1500x61']),
    );
    for (const image of images) {
      const ours = clipPixels([await decodeImage(fixture(image.file))]);
      const levels = levelsBetween(ours, await referenceOf(image, 'pixel_values'));
      expect([image.file, levels <= PIXEL_LEVELS]).toEqual([image.file, true]);
    }
  });

  it('prepares them to the bit, lossy ones included, as images are decoded to the bit', async () => {
    for (const image of images) {
      const ours = clipPixels([await decodeImage(await readFile(fixture(image.file)))]);
      const levels = levelsBetween(ours, await referenceOf(image, 'pixel_values'));
      expect([image.file, levels < EXACT_LEVELS]).toEqual([image.file, true]);
    }
  });

  it('embeds every image from its file in the same direction', async () => {
    const tools = await findMediaTools();
    for (const image of images) {
      const { items, frameTimes } = await embedVideo(
        fixture(image.file),
        { ...WISH, sampling: 'uniform', frames: 10, onDecodeError: 'fail' },
        clip.embedder,
        { tools },
      );
      expect(frameTimes).toEqual([0]);
      expect(items).toHaveLength(1);
      const distance =
        1 - cosineSimilarity(items[0]!.vector, await referenceOf(image, 'image_embeds'));
      expect([image.file, distance <= COSINE_DISTANCE]).toEqual([image.file, true]);
      expect(Math.hypot(...items[0]!.vector)).toBeCloseTo(1, 5);
    }
  });

  it('embeds the frames of a video as each by itself', async () => {
    const frames = await frameOfEach(images);
    const { rows, spans, frameTimes } = await clip.embedder.embed(inTurn(frames), PLAIN);
    expect(frameTimes).toEqual(frames.map(({ time }) => time));
    expect(spans).toEqual(frames.map(({ time }) => ({ start: time, end: time })));
    for (const [index, image] of images.entries()) {
      const reference = await referenceOf(image, 'image_embeds');
      expect(1 - cosineSimilarity(rows[index]!, reference)).toBeLessThan(COSINE_DISTANCE);
    }
  });

  it('embeds videos at the same time in passes that they share', async () => {
    const frames = await frameOfEach(images.slice(0, 3));
    clip.passes.length = 0;
    const alone = await clip.embedder.embed(inTurn(frames), PLAIN);
    const together = await Promise.all(
      [0, 1, 2, 3].map(() => clip.embedder.embed(inTurn(frames), PLAIN)),
    );
    // 3 images alone, then 12 of four videos, 8 a pass at most.
    expect(clip.passes).toEqual([3, 8, 4]);
    for (const { rows } of together) {
      for (const [index, row] of rows.entries()) {
        expect(1 - cosineSimilarity(row, alone.rows[index]!)).toBeLessThan(1e-6);
      }
    }
  });

  it('averages a frame with its mirror image, and its three squares', async () => {
    const [frame] = await frameOfEach(images.filter(({ file }) => file.includes('photo')));
    const byHand = async (views: readonly RgbImage[]) => {
      const each = await Promise.all(views.map((view) => vision.embed(clipPixels([view]))));
      return unitLength(
        Float32Array.from(each[0]![0]!, (_, dim) =>
          each.reduce((sum, [row]) => sum + row![dim]! / each.length, 0),
        ),
      );
    };
    const flipped = await clip.embedder.embed(inTurn([frame!]), { ...PLAIN, augmentation: 'flip' });
    const expectedFlip = await byHand([frame!, mirrored(frame!)]);
    expect(relativeDifference(flipped.rows[0]!, expectedFlip)).toBeLessThan(1e-5);
    const cropped = await clip.embedder.embed(inTurn([frame!]), {
      ...PLAIN,
      augmentation: 'crops',
    });
    const squares = viewsOf(frame!, 'crops');
    expect(squares).toHaveLength(3);
    expect(relativeDifference(cropped.rows[0]!, await byHand(squares))).toBeLessThan(1e-5);
    const plain = await clip.embedder.embed(inTurn([frame!]), PLAIN);
    expect(relativeDifference(cropped.rows[0]!, plain.rows[0]!)).toBeGreaterThan(1e-3);
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

  it('loads the text half once a text is to be embedded, and embeds it beside videos', async () => {
    const contents = texts.map(({ text: content }) => content);
    const { shape, data } = await readNpy(fixture('text_embeds.npy'));
    const dims = shape[1]!;
    expect(clip.textsOpened).toBe(0);
    const rows = await clip.embedder.embedTexts!(contents);
    await clip.embedder.embedTexts!(contents.slice(0, 1));
    expect(clip.textsOpened).toBe(1);
    for (const [index, row] of rows.entries()) {
      const reference = data.subarray(index * dims, (index + 1) * dims);
      expect(1 - cosineSimilarity(row, reference)).toBeLessThan(COSINE_DISTANCE);
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
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

/** Each image as a frame of a video, a second after the one before. */
async function frameOfEach(images: readonly ImageMeta[]): Promise<Frame[]> {
  return await Promise.all(
    images.map(async ({ file }, time) => ({ ...(await decodeImage(fixture(file))), time })),
  );
}

async function* inTurn(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}

type WatchedClip = {
  readonly embedder: VideoEmbedder;
  /** How many images each forward pass had. */
  readonly passes: number[];
  readonly textsOpened: number;
};

function watchedClip(vision: ClipVision, text: ClipText): WatchedClip {
  const passes: number[] = [];
  let textsOpened = 0;
  const embedder = createClipVideo({
    model: 'clip-vit-b32',
    version: 'clip@test',
    vision: {
      ...vision,
      embed: async (pixels) => {
        const rows = await vision.embed(pixels);
        passes.push(rows.length);
        return rows;
      },
    },
    openText: async () => {
      textsOpened += 1;
      return text;
    },
    imagesPerPass: 8,
  });
  return {
    embedder,
    passes,
    get textsOpened() {
      return textsOpened;
    },
  };
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
