import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  clipCrop,
  clipPixelsOfCrops,
} from '../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import { openClipText } from '../../gpu-container/src/embed/clip/clip-text.ts';
import { clipTokenizer } from '../../gpu-container/src/embed/clip/clip-tokens.ts';
import {
  openClipVision,
  openClipVisionOfBytes,
} from '../../gpu-container/src/embed/clip/clip-vision.ts';
import { decodeImage } from '../../gpu-container/src/embed/image/decode-image.ts';
import type { RgbImage } from '../../gpu-container/src/embed/image/rgb-image.ts';
import { readFasterEncoder } from '../../gpu-container/src/embed/vjepa2/faster-encoder.ts';
import { poolSlices } from '../../gpu-container/src/embed/vjepa2/time-slices.ts';
import { openVjepa2 } from '../../gpu-container/src/embed/vjepa2/vjepa2.ts';
import { openVjepa2OfBytes } from '../../gpu-container/src/embed/vjepa2/vjepa2-of-bytes.ts';
import {
  vjepa2Crop,
  vjepa2PixelsOfCrops,
} from '../../gpu-container/src/embed/vjepa2/vjepa2-preprocessing.ts';
import { readModel } from '../../gpu-container/src/onnx/graph/model-file.ts';
import { fuseAttention } from '../../gpu-container/src/onnx/rewrite/fused-attention.ts';
import { cosineSimilarity } from '../../gpu-container/src/vector/similarity.ts';
import { inHalfPrecision } from '../environment/half-precision.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

// What runs on a GPU is run on the CPU here, whose provider has the same operators; in half
// precision it computes in single between the rounded weights and results of each operator.

const COSINE_DISTANCE = 1e-4;
/** Between the same numbers in single precision, summed up in another order. */
const SAME_DISTANCE = 1e-6;
/** Of half precision, with 11 bits to a number, to single. */
const HALF_COSINE_DISTANCE = 1e-3;

const clipFixture = (...parts: string[]) => sharedPath('fixtures', 'clip', ...parts);
const vjepa2Fixture = (...parts: string[]) => sharedPath('fixtures', 'vjepa2', ...parts);

type ImageMeta = { file: string };
type TextMeta = { text: string };

let scratch: Awaited<ReturnType<typeof makeScratchDir>>;

beforeAll(async () => {
  scratch = await makeScratchDir();
});

afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

async function halfModel(path: string, name: string): Promise<string> {
  const half = join(scratch.path, `${name}.onnx`);
  await writeFile(half, inHalfPrecision(await readFile(path)));
  return half;
}

function expectClose(
  ours: readonly Float32Array[],
  reference: readonly Float32Array[],
  distance: number,
): void {
  expect(ours).toHaveLength(reference.length);
  for (const [index, vector] of ours.entries()) {
    expect(1 - cosineSimilarity(vector, reference[index]!)).toBeLessThan(distance);
  }
}

describeWithShared('CLIP as it runs on a GPU', () => {
  const visionPath = clipFixture('model', 'onnx', 'vision_model.onnx');
  const textPath = clipFixture('model', 'onnx', 'text_model.onnx');
  let crops: readonly RgbImage[];
  let references: readonly Float32Array[];
  let texts: readonly string[];

  beforeAll(async () => {
    const meta: { images: ImageMeta[]; texts: TextMeta[] } = JSON.parse(
      await readFile(clipFixture('meta.json'), 'utf8'),
    );
    const images = await Promise.all(meta.images.map(({ file }) => decodeImage(clipFixture(file))));
    crops = images.map(clipCrop);
    references = await Promise.all(
      meta.images.map(async ({ file }) => {
        const name = file.replace(/^images\/(.*)\.\w+$/, '$1');
        return (await readNpy(clipFixture(`${name}.image_embeds.npy`))).data;
      }),
    );
    texts = meta.texts.map(({ text }) => text);
  });

  it('attends in every layer without the matrix of all positions by all others', async () => {
    const model = readModel(await readFile(visionPath));
    const softmaxes = model.graph.nodes.filter(({ opType }) => opType === 'Softmax');
    const fused = fuseAttention(model).graph.nodes.map(({ opType }) => opType);
    expect(softmaxes.length).toBeGreaterThan(0);
    expect(fused).not.toContain('Softmax');
    expect(fused.filter((opType) => opType === 'MultiHeadAttention')).toHaveLength(
      softmaxes.length,
    );
  });

  it('embeds bytes as transformers embeds what it makes of them', async () => {
    const vision = await openClipVisionOfBytes({ path: visionPath, threads: 1 });
    expectClose(await vision.embed(vision.pixelsOf(crops)), references, COSINE_DISTANCE);
    await vision.dispose();
  });

  it('embeds an image the same alone as in a pass that is filled up', async () => {
    const vision = await openClipVisionOfBytes({ path: visionPath, threads: 1 });
    const together = await vision.project(vision.pixelsOf(crops.slice(0, 3)));
    for (const [index, crop] of crops.slice(0, 3).entries()) {
      expectClose(await vision.project(vision.pixelsOf([crop])), [together[index]!], SAME_DISTANCE);
    }
    await vision.dispose();
  });

  it('refuses half an image and no image', async () => {
    const vision = await openClipVisionOfBytes({ path: visionPath, threads: 1 });
    await expect(vision.embed(new Uint8Array(224 * 112 * 3))).rejects.toThrow(RangeError);
    await expect(vision.embed(new Uint8Array())).rejects.toThrow(RangeError);
    await vision.dispose();
    await expect(openClipVisionOfBytes({ path: textPath })).rejects.toThrow('pixel_values');
  });

  it.each([
    ['bytes', openClipVisionOfBytes],
    ['floats', openClipVision],
  ])('embeds %s in half precision in the same direction', async (_, open) => {
    const path = await halfModel(visionPath, 'vision');
    const vision = await open({ path, threads: 1 });
    const embeddings = await (
      vision.embed as (pixels: Float32Array | Uint8Array) => Promise<Float32Array[]>
    )(vision.pixelsOf(crops));
    expectClose(embeddings, references, HALF_COSINE_DISTANCE);
    // Numbers that differ at all show that precision was half.
    const single = await openClipVision({ path: visionPath, threads: 1 });
    expect(embeddings).not.toEqual(await single.embed(clipPixelsOfCrops(crops)));
    await Promise.all([vision.dispose(), single.dispose()]);
  });

  it('embeds texts in half precision in the same direction', async () => {
    const tokenizer = clipTokenizer(
      JSON.parse(await readFile(clipFixture('model/tokenizer.json'), 'utf8')),
    );
    const path = await halfModel(textPath, 'text');
    const half = await openClipText({ path, tokenizer, threads: 1 });
    const { shape, data } = await readNpy(clipFixture('text_embeds.npy'));
    const dims = shape[1]!;
    const rows = texts.map((_, row) => data.subarray(row * dims, (row + 1) * dims));
    expectClose(await half.embed(texts), rows, HALF_COSINE_DISTANCE);
    await half.dispose();
  });
});

describeWithShared('V-JEPA 2 as it runs on a GPU', () => {
  const path = vjepa2Fixture('model', 'onnx', 'model.onnx');
  /** Three clips of four frames, no two of them alike. */
  let clips: readonly (readonly RgbImage[])[];

  beforeAll(async () => {
    const images = await Promise.all(
      ['frame_0.png', 'frame_74.png'].map((name) => decodeImage(vjepa2Fixture(name))),
    );
    const [first, last] = images.map(vjepa2Crop) as [RgbImage, RgbImage];
    clips = [
      [first, first, last, last],
      [last, first, first, last],
      [last, last, last, first],
    ];
  });

  it('has the tokens of the graph as it was exported, in fewer operators', async () => {
    const written = readModel(await readFile(path));
    const faster = await readFasterEncoder(path);
    const softmaxes = written.graph.nodes.filter(({ opType }) => opType === 'Softmax');
    const opTypes = faster.graph.nodes.map(({ opType }) => opType);
    expect(softmaxes.length).toBeGreaterThan(0);
    expect(opTypes.filter((opType) => opType === 'MultiHeadAttention')).toHaveLength(
      softmaxes.length,
    );
    expect(opTypes).not.toContain('Softmax');
    expect(opTypes).not.toContain('Neg');
    expect(opTypes.length).toBeLessThan(0.65 * written.graph.nodes.length);

    const [asExported, ours] = await Promise.all([
      openVjepa2({ path, threads: 1, sessionOptions: 'default' }),
      openVjepa2({ path, threads: 1 }),
    ]);
    const pixels = vjepa2PixelsOfCrops(clips[0]!);
    const expected = await asExported.encode(pixels);
    expect(largestDifference((await ours.encode(pixels)).data, expected.data)).toBeLessThan(1e-5);
    await Promise.all([asExported.dispose(), ours.dispose()]);
  });

  it('has the tokens of bytes that it has of floats', async () => {
    const [ofBytes, ofFloats] = await Promise.all([
      openVjepa2OfBytes({ path, threads: 1 }),
      openVjepa2({ path, threads: 1 }),
    ]);
    for (const crops of clips) {
      const tokens = await ofBytes.encode(ofBytes.pixelsOf(crops));
      const expected = await ofFloats.encode(vjepa2PixelsOfCrops(crops));
      expect(tokens).toMatchObject({ slices: 2, tokensPerSlice: 256, dims: expected.dims });
      expect(largestDifference(tokens.data, expected.data)).toBeLessThan(1e-4);
    }
    await Promise.all([ofBytes.dispose(), ofFloats.dispose()]);
  });

  describe.each([
    ['single', SAME_DISTANCE, async () => path],
    ['half', HALF_COSINE_DISTANCE, async () => await halfModel(path, 'vjepa2')],
  ] as const)('in %s precision', (precision, distance, modelPath) => {
    it('takes the means of the slices of several clips in one pass', async () => {
      const [ofBytes, ofFloats] = await Promise.all([
        openVjepa2OfBytes({ path: await modelPath(), threads: 1 }),
        openVjepa2({ path, threads: 1 }),
      ]);
      const slices = await ofBytes.encodeSlices!(clips.map(ofBytes.pixelsOf));
      expect(slices).toHaveLength(clips.length);
      for (const [index, crops] of clips.entries()) {
        const expected = poolSlices(await ofFloats.encode(vjepa2PixelsOfCrops(crops)));
        expectClose(slices[index]!, expected, distance);
      }
      await Promise.all([ofBytes.dispose(), ofFloats.dispose()]);
    });

    it('takes floats too', async () => {
      const [model, single] = await Promise.all([
        openVjepa2({ path: await modelPath(), threads: 1 }),
        openVjepa2({ path, threads: 1 }),
      ]);
      const pixels = vjepa2PixelsOfCrops(clips[1]!);
      const [ours, expected] = [await model.encode(pixels), await single.encode(pixels)];
      expectClose(poolSlices(ours), poolSlices(expected), distance);
      expect(largestDifference(ours.data, expected.data) === 0).toBe(precision === 'single');
      await Promise.all([model.dispose(), single.dispose()]);
    });
  });

  it('refuses clips of different lengths in one pass, and no clips', async () => {
    const model = await openVjepa2OfBytes({ path, threads: 1 });
    const [clip, other] = clips.map(model.pixelsOf) as [Uint8Array, Uint8Array];
    const shorter = other.subarray(0, other.length / 2);
    await expect(model.encodeSlices!([clip, shorter])).rejects.toThrow(RangeError);
    await expect(model.encodeSlices!([])).rejects.toThrow(RangeError);
    await model.dispose();
  });
});

function largestDifference(ours: Float32Array, reference: Float32Array): number {
  expect(ours).toHaveLength(reference.length);
  return ours.reduce(
    (largest, value, at) => Math.max(largest, Math.abs(value - reference[at]!)),
    0,
  );
}
