import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import { openQwen3VlVideo } from '../../../../../gpu-container/src/embed/qwen3-vl/qwen3-vl-video.ts';
import type {
  EmbedVideoOptions,
  Frame,
  VideoEmbedder,
} from '../../../../../gpu-container/src/embed/video/video-embedder.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { writeTinyQwen3Vl } from '../../../../environment/qwen3-vl-model.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { evaluatedEmbedding, type Part } from './evaluated-network.ts';
import { exactFrame, framesOf, noisePicture } from './pictures.ts';

const ID = 'qwen3-vl-embedding-2b-q8';
const WHOLE: EmbedVideoOptions = { granularity: 'video', augmentation: 'none' };
const EACH: EmbedVideoOptions = { granularity: 'frame', augmentation: 'none' };

let scratch: Awaited<ReturnType<typeof makeScratchDir>>;
let embedder: VideoEmbedder;

const open = async (model: 'qwen3-vl-embedding-2b' | 'qwen3-vl-embedding-8b') => {
  const dir = join(scratch.path, ID);
  return await openQwen3VlVideo({
    model,
    version: 'tiny',
    files: { id: ID, dir, file: (name) => join(dir, name) },
    device: 'cpu',
  });
};

beforeAll(async () => {
  scratch = await makeScratchDir();
  await writeTinyQwen3Vl(scratch.path, ID);
  embedder = await open('qwen3-vl-embedding-2b');
});

afterAll(async () => {
  await embedder.dispose();
  await scratch[Symbol.asyncDispose]();
});

const OPENING = "<|im_start|>system\nRepresent the user's input.<|im_end|>\n<|im_start|>user\n";
const ENDING = '<|im_end|>\n<|im_start|>assistant\n<|endoftext|>';

const evaluated = (...user: Part[]) => evaluatedEmbedding([OPENING, ...user, ENDING]);
const seen = (...slice: [RgbImage, RgbImage]): Part[] => [
  '<|vision_start|>',
  slice,
  '<|vision_end|>',
];

const wholeRow = async (frames: readonly Frame[], options: Partial<EmbedVideoOptions> = {}) => {
  const { rows } = await embedder.embed(framesOf(...frames), { ...WHOLE, ...options });
  expect(rows).toHaveLength(1);
  return rows[0]!;
};

function expectSame(row: Float32Array, expected: readonly number[] | Float32Array): void {
  expect(row).toHaveLength(expected.length);
  expect(largestDifference(row, expected)).toBeLessThan(1e-5);
}

function largestDifference(row: Float32Array, other: readonly number[] | Float32Array): number {
  return row.reduce((most, value, dim) => Math.max(most, Math.abs(value - other[dim]!)), 0);
}

describe('Qwen3-VL over a video', () => {
  it('has the vector that the network has by its definition, times and caption included', async () => {
    const [one, two, three, four] = [0, 0.5, 1, 1.8].map((time, seed) => exactFrame(seed, time));
    const row = await wholeRow([one!, two!, three!, four!], { caption: 'A dog on a beach.' });
    expectSame(
      row,
      evaluated(
        '<0.2 seconds>',
        ...seen(one!, two!),
        '<1.4 seconds>',
        ...seen(three!, four!),
        'A dog on a beach.',
      ),
    );
  });

  it('sees the last frame twice where they are odd, and a single one likewise', async () => {
    const [one, two, three] = [0, 1, 2].map((time) => exactFrame(time, time));
    expectSame(
      await wholeRow([one!, two!, three!]),
      evaluated('<0.5 seconds>', ...seen(one!, two!), '<2.0 seconds>', ...seen(three!, three!)),
    );
    expectSame(await wholeRow([two!]), evaluated('<1.0 seconds>', ...seen(two!, two!)));
  });

  it('tells when it saw what', async () => {
    const frames = [3, 4.5, 7].map((time, seed) => exactFrame(seed, time));
    const told: number[] = [];
    const rows = await embedder.embed(framesOf(...frames), {
      ...WHOLE,
      onProgress: (seconds) => told.push(seconds),
    });
    expect(rows).toMatchObject({ spans: [{ start: 3, end: 7 }], frameTimes: [3, 4.5, 7] });
    expect(told).toEqual([3.75, 7, 7]);
  });

  it('has another vector for another order, other times or another caption', async () => {
    const [one, two] = [exactFrame(1, 0), exactFrame(2, 1)];
    const rows = [
      await wholeRow([one, two]),
      await wholeRow([
        { ...two, time: 0 },
        { ...one, time: 1 },
      ]),
      await wholeRow([one, { ...two, time: 9 }]),
      await wholeRow([one, two], { caption: 'A dog' }),
      await wholeRow([one, two], { caption: 'A god' }),
    ];
    for (const [index, row] of rows.entries()) {
      for (const other of rows.slice(index + 1)) {
        expect(largestDifference(row, other)).toBeGreaterThan(1e-4);
      }
    }
  });

  it('takes frames of any size, and brings later ones to the first one’s', async () => {
    const large = { ...noisePicture(1_024, 1_056, 1), time: 0 };
    const strip = { ...noisePicture(40, 700, 2), time: 1 };
    const row = await wholeRow([large, strip]);
    expect(dotProduct(row, row)).toBeCloseTo(1, 5);
  });

  it('looks at no more frames than the model has seen', async () => {
    const frame = exactFrame(1, 0);
    const frames = Array.from({ length: 65 }, (_, time) => ({ ...frame, time }));
    await expect(wholeRow(frames)).rejects.toThrow(RangeError);
  });

  it('refuses no frames, and what it has no vectors of', async () => {
    await expect(embedder.embed(framesOf(), WHOLE)).rejects.toThrow(RangeError);
    await expect(embedder.embed(framesOf(), EACH)).rejects.toThrow(RangeError);
    await expect(
      embedder.embed(framesOf(exactFrame(1, 0)), { ...WHOLE, granularity: 'slice' }),
    ).rejects.toThrow(RangeError);
  });

  it('ends where it is told to', async () => {
    const controller = new AbortController();
    const frames = [0, 1, 2, 3].map((time) => exactFrame(time, time));
    const embedding = embedder.embed(framesOf(...frames), {
      ...WHOLE,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(embedding).rejects.toThrow('enough');
  });
});

describe('Qwen3-VL over frames', () => {
  it('has the vector of each as a picture by itself', async () => {
    const frames = [exactFrame(5, 2), exactFrame(6, 3)];
    const { rows, spans } = await embedder.embed(framesOf(...frames), { ...EACH, caption: 'Sea' });
    expect(spans).toEqual([
      { start: 2, end: 2 },
      { start: 3, end: 3 },
    ]);
    for (const [index, frame] of frames.entries()) {
      expectSame(rows[index]!, evaluated(...seen(frame, frame), 'Sea'));
    }
  });

  it('looks once at a picture that is shown twice', async () => {
    const frame = exactFrame(7, 0);
    const { rows } = await embedder.embed(framesOf(frame, { ...frame, time: 1 }), EACH);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toBe(rows[1]);
  });
});

describe('Qwen3-VL over texts', () => {
  const TEXTS = ['A dog', 'A dog on a beach at sunset, ünïcode and all.', '', '\n\nA'];

  it('has the vectors that the network has by its definition', async () => {
    const rows = await embedder.embedTexts!(TEXTS);
    for (const [index, text] of ['A dog', TEXTS[1]!, 'NULL'].entries()) {
      expectSame(rows[index]!, evaluated(text));
    }
  });

  it('has the same vectors for texts and videos that share passes as for each alone', async () => {
    const frames = [exactFrame(1, 0), exactFrame(2, 1)];
    const together = await Promise.all([
      ...TEXTS.map(async (text) => (await embedder.embedTexts!([text]))[0]!),
      wholeRow(frames),
      wholeRow(frames, { caption: 'Sea' }),
    ]);
    const alone: Float32Array[] = [];
    for (const text of TEXTS) {
      alone.push((await embedder.embedTexts!([text]))[0]!);
    }
    alone.push(await wholeRow(frames), await wholeRow(frames, { caption: 'Sea' }));
    for (const [index, row] of together.entries()) {
      expectSame(row, alone[index]!);
    }
  });
});

describe('opening Qwen3-VL', () => {
  it('refuses files of the other size', async () => {
    await expect(open('qwen3-vl-embedding-8b')).rejects.toThrow('2048');
  });
});
