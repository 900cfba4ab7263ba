import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RgbImage } from '../../gpu-container/src/embed/image/rgb-image.ts';
import { poolRows } from '../../gpu-container/src/embed/pool/pool.ts';
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
import { findMediaTools, runFfmpeg } from '../environment/media-tools.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

const PIXEL_STD = [0.229, 0.224, 0.225];
const MAX_LEVEL = 255;
const PLANE_LENGTH = 256 * 256;
/** One, and what half precision takes from a stored pixel: half of 2^-9 at 2 to 4 deviations. */
const PIXEL_LEVELS = 1 + 2 ** -10 * Math.max(...PIXEL_STD) * MAX_LEVEL;
const MODEL_TOLERANCE = 1e-4;
const PIPELINE_TOLERANCE = 2e-2;

type VideoMeta = {
  video: { file: string; width: number; height: number; frames: number };
  runs: Record<string, { frame_indices: number[] }>;
};

const fixture = (...parts: string[]) => sharedPath('fixtures', 'vjepa2', ...parts);

describeWithShared('V-JEPA 2 against transformers', () => {
  let meta: VideoMeta;
  let frames: readonly RgbImage[];
  let storedPixels: Float32Array;
  let model: Vjepa2;

  beforeAll(async () => {
    meta = JSON.parse(await readFile(fixture('meta.json'), 'utf8'));
    frames = await decodeFrames(meta.video);
    storedPixels = await readHalves(fixture('pixel_values_16.f16.npy'));
    model = await openVjepa2({ path: fixture('model', 'onnx', 'model.onnx') });
  });

  afterAll(() => model.dispose());

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
    expect(levels).toBeLessThan(PIXEL_LEVELS);
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
  });

  it('refuses an odd number of frames, half a frame and no frame', async () => {
    const frameLength = 3 * PLANE_LENGTH;
    for (const length of [3 * frameLength, 1.5 * frameLength, 0]) {
      await expect(model.encode(new Float32Array(length))).rejects.toThrow(RangeError);
    }
  });
});

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
