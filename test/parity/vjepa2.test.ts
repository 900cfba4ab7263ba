import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RgbImage } from '../../gpu-container/src/embed/image/rgb-image.ts';
import { poolRows } from '../../gpu-container/src/embed/pool/pool.ts';
import { type EmbeddedVideo, embedVideo } from '../../gpu-container/src/embed/video/embed-video.ts';
import type { Frame, VideoEmbedder } from '../../gpu-container/src/embed/video/video-embedder.ts';
import { mirrored, viewsOf } from '../../gpu-container/src/embed/video/views.ts';
import {
  poolSlices,
  tokensOfSlice,
  type VideoTokens,
} from '../../gpu-container/src/embed/vjepa2/time-slices.ts';
import { openVjepa2, type Vjepa2 } from '../../gpu-container/src/embed/vjepa2/vjepa2.ts';
import {
  frameIndices,
  vjepa2Pixels,
} from '../../gpu-container/src/embed/vjepa2/vjepa2-preprocessing.ts';
import { createVjepa2Video } from '../../gpu-container/src/embed/vjepa2/vjepa2-video.ts';
import { cosineSimilarity } from '../../gpu-container/src/vector/similarity.ts';
import { unitLength } from '../../gpu-container/src/vector/unit-length.ts';
import { findMediaTools, runFfmpeg } from '../environment/media-tools.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

const PIXEL_STD = [0.229, 0.224, 0.225];
const MAX_LEVEL = 255;
const PLANE_LENGTH = 256 * 256;
/** What is asked of the pixels: one; and what half precision takes from a stored pixel: half of 2^-9 at 2 to 4 deviations. */
const PIXEL_LEVELS = 1 + 2 ** -10 * Math.max(...PIXEL_STD) * MAX_LEVEL;
const MODEL_TOLERANCE = 1e-4;
/** What a level of difference in the pixels makes of single numbers. */
const PIPELINE_TOLERANCE = 2e-2;
/** What is asked of embeddings. */
const COSINE_DISTANCE = 1e-4;

type VideoMeta = {
  video: { file: string; fps: number; width: number; height: number; frames: number };
  runs: Record<string, { frame_indices: number[] }>;
};

const fixture = (...parts: string[]) => sharedPath('fixtures', 'vjepa2', ...parts);

/** Of 64 frames each of 8192 tokens sees all others: what the same pixels gave is not computed again. */
function rememberClips(model: Vjepa2): Vjepa2 {
  const seen = new Map<string, Promise<VideoTokens>>();
  return {
    ...model,
    encode: (pixels) => {
      const key = createHash('sha256').update(pixels).digest('hex');
      const tokens = seen.get(key) ?? model.encode(pixels);
      seen.set(key, tokens);
      return tokens;
    },
  };
}

describeWithShared('V-JEPA 2 against transformers', () => {
  let meta: VideoMeta;
  let frames: readonly RgbImage[];
  let storedPixels: Float32Array;
  let model: Vjepa2;
  let embedder: VideoEmbedder;

  beforeAll(async () => {
    meta = JSON.parse(await readFile(fixture('meta.json'), 'utf8'));
    frames = await decodeFrames(meta.video);
    storedPixels = await readHalves(fixture('pixel_values_16.f16.npy'));
    model = rememberClips(await openVjepa2({ path: fixture('model', 'onnx', 'model.onnx') }));
    embedder = createVjepa2Video({
      model: 'vjepa2-vitl-fpc64-256',
      version: 'vjepa2@test',
      encoder: model,
    });
  });

  afterAll(() => embedder.dispose());

  it.each([16, 64])('looks at the same %i frames', (count) => {
    const { frame_indices: indices } = meta.runs[count]!;
    expect(indices).toHaveLength(count);
    expect(frameIndices(meta.video.frames, count)).toEqual(indices);
  });

  it('prepares pixels within a level', () => {
    const ours = vjepa2Pixels(frameIndices(frames.length, 16).map((index) => frames[index]!));
    expect(ours).toHaveLength(storedPixels.length);
    const levels = ours.reduce((largest, value, at) => {
      const std = PIXEL_STD[((at / PLANE_LENGTH) | 0) % 3]!;
      const difference = Math.abs(value - storedPixels[at]!) * std * MAX_LEVEL;
      return Math.max(difference, largest);
    }, 0);
    expect(levels).toBeLessThanOrEqual(PIXEL_LEVELS);
  });

  it('has the same tokens of the stored pixels', async () => {
    const tokens = await model.encode(storedPixels);
    expect(tokens).toMatchObject({ slices: 8, tokensPerSlice: 256, dims: 64 });
    const difference = await largestDifferences(tokens, 16);
    expect(difference.firstSlice).toBeLessThan(MODEL_TOLERANCE);
    expect(difference.slices).toBeLessThan(MODEL_TOLERANCE);
    expect(difference.whole).toBeLessThan(MODEL_TOLERANCE);
  });

  describe.each([16, 64])('from the file, %i frames', (count) => {
    it('has the same tokens, slices and mean', async () => {
      const indices = frameIndices(frames.length, count);
      const tokens = await model.encode(vjepa2Pixels(indices.map((index) => frames[index]!)));
      const difference = await largestDifferences(tokens, count);
      expect(difference.firstSlice).toBeLessThan(PIPELINE_TOLERANCE);
      expect(difference.slices).toBeLessThan(PIPELINE_TOLERANCE);
      expect(difference.whole).toBeLessThan(PIPELINE_TOLERANCE);
    });

    it('has slices and a video in the same direction', async () => {
      const slices = await embedFixture(count, { granularity: 'slice', pooling: 'none' });
      expect(slices.items.map(({ start, end }) => [start, end])).toEqual(
        pairsOf(
          meta.runs[count]!.frame_indices.map((index) => expect.closeTo(index / meta.video.fps, 4)),
        ),
      );
      const references = await readNpy(fixture(`tokens_mean_${count}.npy`));
      const dims = references.shape.at(-1)!;
      expect(slices.items).toHaveLength(references.data.length / dims);
      for (const [index, { vector }] of slices.items.entries()) {
        const reference = references.data.subarray(index * dims, (index + 1) * dims);
        expect(1 - cosineSimilarity(vector, reference)).toBeLessThanOrEqual(COSINE_DISTANCE);
      }
      const whole = await embedFixture(count, { granularity: 'slice', pooling: 'mean' });
      const pooled = await readNpy(fixture(`pooled_${count}.npy`));
      expect(whole.items).toHaveLength(1);
      expect(1 - cosineSimilarity(whole.items[0]!.vector, pooled.data)).toBeLessThanOrEqual(
        COSINE_DISTANCE,
      );
    });
  });

  it('gives every frame the row of its slice', async () => {
    const slices = await embedFixture(16, { granularity: 'slice', pooling: 'none' });
    const byFrame = await embedFixture(16, { granularity: 'frame', pooling: 'none' });
    expect(byFrame.items).toHaveLength(16);
    expect(byFrame.frameTimes).toEqual(slices.frameTimes);
    for (const [frame, { start, end, vector }] of byFrame.items.entries()) {
      expect([start, end]).toEqual([byFrame.frameTimes[frame], byFrame.frameTimes[frame]]);
      expect(vector).toEqual(slices.items[Math.floor(frame / 2)]!.vector);
    }
  });

  it('gives the tokens of each slice as the model puts them out', async () => {
    const { items, tokens, tokensPerItem } = await embedFixture(16, {
      granularity: 'token',
      pooling: 'none',
    });
    expect(items).toHaveLength(8);
    expect(tokensPerItem).toBe(256);
    const reference = await readNpy(fixture('last_hidden_first_slice_16.npy'));
    expect(largestDifference(tokens![0]!, reference.data)).toBeLessThan(PIPELINE_TOLERANCE);
  });

  it('looks twice at the last of an odd number of frames, and at a single picture', async () => {
    const [first, second, third] = frames.slice(0, 3).map((image, time) => ({ ...image, time }));
    const options = { granularity: 'slice', augmentation: 'none' } as const;
    const odd = await embedder.embed(inTurn([first!, second!, third!]), options);
    const even = await embedder.embed(inTurn([first!, second!, third!, third!]), options);
    expect(odd.rows).toEqual(even.rows);
    expect(odd.frameTimes).toEqual([0, 1, 2]);
    expect(odd.spans).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 2 },
    ]);
    const picture = await embedder.embed(inTurn([second!]), { ...options, granularity: 'frame' });
    expect(picture.rows).toHaveLength(1);
    expect(picture.spans).toEqual([{ start: 1, end: 1 }]);
  });

  it('averages a clip with its mirror image, and its three squares, slice by slice', async () => {
    const clip = frames.slice(0, 2).map((image, time) => ({ ...image, time }));
    const byHand = async (clips: readonly (readonly RgbImage[])[]) => {
      const each = await Promise.all(clips.map((seen) => model.encode(vjepa2Pixels(seen))));
      const rows = each.map((tokens) => unitLength(poolSlices(tokens)[0]!));
      return rows[0]!.map((_, dim) => rows.reduce((sum, row) => sum + row[dim]! / rows.length, 0));
    };
    const embed = async (augmentation: 'flip' | 'crops') =>
      (await embedder.embed(inTurn(clip), { granularity: 'slice', augmentation })).rows[0]!;
    const flipped = await byHand([clip, clip.map(mirrored)]);
    expect(largestDifference(await embed('flip'), flipped)).toBeLessThan(1e-6);
    const [one, other] = clip.map((frame) => viewsOf(frame, 'crops'));
    const cropped = await byHand(one!.map((view, index) => [view, other![index]!]));
    expect(largestDifference(await embed('crops'), cropped)).toBeLessThan(1e-6);
    expect(largestDifference(flipped, cropped)).toBeGreaterThan(1e-3);
  });

  it('refuses the mean of tokens of different places, no frames, and more than it has seen', async () => {
    const frame = { ...frames[0]!, time: 0 };
    const embed = async (count: number, options: Parameters<VideoEmbedder['embed']>[1]) =>
      await embedder.embed(inTurn(Array<Frame>(count).fill(frame)), options);
    const plain = { granularity: 'slice', augmentation: 'none' } as const;
    for (const refused of [
      embed(2, { granularity: 'token', augmentation: 'flip' }),
      embed(2, { granularity: 'video', augmentation: 'none' }),
      embed(0, plain),
      embed(65, plain),
    ]) {
      await expect(refused).rejects.toThrow(RangeError);
    }
  });

  async function embedFixture(
    count: number,
    wish: { granularity: 'slice' | 'frame' | 'token'; pooling: 'none' | 'mean' },
  ): Promise<EmbeddedVideo> {
    return await embedVideo(
      fixture(meta.video.file),
      { ...wish, sampling: 'uniform', frames: count, augmentation: 'none', onDecodeError: 'fail' },
      embedder,
      { tools: await findMediaTools() },
    );
  }

  it('refuses an odd number of frames, half a frame and no frame', async () => {
    const frameLength = 3 * PLANE_LENGTH;
    for (const length of [3 * frameLength, 1.5 * frameLength, 0]) {
      await expect(model.encode(new Float32Array(length))).rejects.toThrow(RangeError);
    }
  });
});

async function* inTurn(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}

function pairsOf<T>(values: readonly T[]): T[][] {
  return values.flatMap((value, index) => (index % 2 === 0 ? [[value, values[index + 1]!]] : []));
}

/** To the stored references of a clip of that many frames. */
async function largestDifferences(tokens: VideoTokens, frames: number) {
  const reference = async (name: string) => (await readNpy(fixture(`${name}_${frames}.npy`))).data;
  const slices = poolSlices(tokens);
  const [whole] = poolRows(slices, 'mean');
  return {
    firstSlice: largestDifference(
      tokensOfSlice(tokens, 0),
      await reference('last_hidden_first_slice'),
    ),
    slices: largestDifference(
      Float32Array.from(slices.flatMap((slice) => [...slice])),
      await reference('tokens_mean'),
    ),
    whole: largestDifference(whole!, await reference('pooled')),
  };
}

function largestDifference(ours: Float32Array, reference: Float32Array): number {
  expect(ours).toHaveLength(reference.length);
  return ours.reduce(
    (largest, value, at) => Math.max(largest, Math.abs(value - reference[at]!)),
    0,
  );
}

/** Every frame of the video, as the references decode it. */
async function decodeFrames({ file, width, height }: VideoMeta['video']): Promise<RgbImage[]> {
  await using scratch = await makeScratchDir();
  const raw = join(scratch.path, 'frames.rgb');
  const output = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-sws_flags', 'bicubic'];
  const tools = await findMediaTools();
  await runFfmpeg(tools, ['-i', fixture(file), ...output, '-fps_mode', 'passthrough', raw]);
  const bytes = await readFile(raw);
  const frameBytes = width * height * 3;
  return Array.from({ length: bytes.length / frameBytes }, (_, frame) => ({
    width,
    height,
    data: bytes.subarray(frame * frameBytes, (frame + 1) * frameBytes),
  }));
}

/** The numbers of a little-endian float16 array in NumPy's format 1.0. */
async function readHalves(path: string): Promise<Float32Array> {
  const file = await readFile(path);
  const dataStart = 10 + file.readUInt16LE(8);
  expect(file.subarray(10, dataStart).toString('latin1')).toContain("'descr': '<f2'");
  return new Float32Array(new Float16Array(new Uint8Array(file.subarray(dataStart)).buffer));
}
