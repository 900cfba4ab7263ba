import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JobView } from '#contracts/api.ts';
import type { ArtifactKind } from '#contracts/artifacts.ts';
import { embeddingsSchema } from '#contracts/embeddings.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import { manifestSchema } from '#contracts/job-result.ts';
import type { MediaTools } from '../../gpu-container/src/decode/ffmpeg-binary.ts';
import { findMediaTools, runFfmpeg } from '../environment/media-tools.ts';
import { writeTinyQwen3Vl } from '../environment/qwen3-vl-model.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from '../parity/npy.ts';
import { demoSpeech, type Pipeline, silence, startPipeline } from './pipeline.ts';

// Real workers on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const HASH = { model: 'deterministic' };
const ROUNDING = 1e-6;

let tools: MediaTools;

beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

/** What ffmpeg makes with these arguments, as a file of that name. */
async function media(name: string, args: readonly string[]): Promise<Buffer> {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, name);
  await runFfmpeg(tools, [...args, path]);
  return await readFile(path);
}

/** Moving pictures of 4 s at 10 frames per second, a keyframe every second, without sound. */
function silentVideo(): Promise<Buffer> {
  const source = 'testsrc2=size=160x120:rate=10:duration=4';
  return media('input.mp4', ['-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', '-g', '10']);
}

async function run(
  pipeline: Pipeline,
  input: Uint8Array,
  tasks: JobRequestInput['tasks'],
  outputs?: JobRequestInput['outputs'],
) {
  const request = { tasks, ...(outputs && { outputs }) };
  const jobId = await pipeline.post(await pipeline.upload(input), request);
  return await pipeline.end(jobId);
}

async function documentOf(pipeline: Pipeline, job: JobView) {
  return embeddingsSchema.parse(JSON.parse(await pipeline.artifact(job, 'embeddings')));
}

async function arrayOf(pipeline: Pipeline, job: JobView, kind: ArtifactKind = 'npy') {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'embeddings.npy');
  await writeFile(path, await pipeline.bytes(job, kind));
  return await readNpy(path);
}

describe('the embeddings of a video', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startPipeline();
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
  });

  it('are a vector of each frame with its time, the same in every file', async () => {
    const videoEmbedding = { ...HASH, frames: 4, pooling: 'none' } as const;
    const { job, events } = await run(pipeline, await silentVideo(), { videoEmbedding }, [
      'json',
      'npy',
      'ndjson',
    ]);

    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      result: { tasks: { videoEmbedding: { status: 'SUCCEEDED' } }, warnings: [] },
    });
    const { video } = await documentOf(pipeline, job);
    expect(video).toMatchObject({
      model: 'deterministic',
      file: 'embeddings.npy',
      pooling: 'none',
    });
    expect(video?.frameTimes).toEqual([0, 1, 2, 3]);
    expect(video?.items.map(({ start }) => start)).toEqual([0, 1, 2, 3]);

    const { shape, data } = await arrayOf(pipeline, job);
    expect(shape).toEqual([4, video?.dims]);
    const written = video?.items.flatMap(({ vector }) => vector) ?? [];
    const furthest = Math.max(...written.map((value, at) => Math.abs(value - data[at]!)));
    expect(furthest).toBeLessThan(ROUNDING);

    const lines = (await pipeline.artifact(job, 'ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).vector)).toEqual(
      video?.items.map(({ vector }) => vector),
    );
    const fractions = events.flatMap(({ type, data: event }) =>
      type === 'job.progress' ? [event.progress.fraction] : [],
    );
    expect(fractions).toEqual(fractions.toSorted((one, other) => one - other));
  });

  it('stand beside what is said in it', async () => {
    const speech = await demoSpeech('jfk.wav');
    await using scratch = await makeScratchDir();
    const sound = join(scratch.path, 'speech.wav');
    await writeFile(sound, speech);
    const film = await media('film.mkv', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=10', '-i', sound],
      ...['-shortest', '-pix_fmt', 'yuv420p'],
    ]);
    const { job } = await run(pipeline, film, {
      transcription: { model: 'tiny' },
      textEmbedding: {},
      videoEmbedding: HASH,
    });

    expect(job).toMatchObject({ status: 'SUCCEEDED', result: { warnings: [] } });
    const { video, text } = await documentOf(pipeline, job);
    expect(video?.items).toMatchObject([
      { start: video?.frameTimes[0], end: video?.frameTimes.at(-1) },
    ]);
    expect(text?.file).toBe('text-embeddings.npy');
    expect((await arrayOf(pipeline, job)).shape).toEqual([1, video?.dims]);
    expect((await arrayOf(pipeline, job, 'textNpy')).shape).toEqual([text?.items.length, 384]);
    const manifest = manifestSchema.parse(JSON.parse(await pipeline.artifact(job, 'manifest')));
    expect(manifest.models).toEqual(['whisper-tiny', 'all-minilm-l6-v2', 'deterministic']);
  });

  it('are one vector of an image', async () => {
    const image = await media('input.png', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=99x57', '-frames:v', '1'],
    ]);
    const { job } = await run(pipeline, image, { videoEmbedding: HASH });

    expect(job).toMatchObject({ status: 'SUCCEEDED', result: { durationSeconds: 0 } });
    const { video } = await documentOf(pipeline, job);
    expect(video).toMatchObject({ frameTimes: [0], items: [{ start: 0, end: 0 }] });
  });

  it('are there where nothing can be heard, which fails alone', async () => {
    const { job } = await run(pipeline, await silentVideo(), {
      transcription: { model: 'tiny' },
      videoEmbedding: HASH,
    });

    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      result: {
        tasks: {
          transcription: { status: 'FAILED', failure: { code: 'NO_AUDIO_STREAM' } },
          videoEmbedding: { status: 'SUCCEEDED' },
        },
        warnings: [{ code: 'NO_AUDIO', cause: 'NO_AUDIO_STREAM' }],
      },
    });
    expect((await documentOf(pipeline, job)).video?.items).toHaveLength(1);
    expect(job.links).not.toHaveProperty('markdown');
  });

  it('are missing where nothing can be seen, and the transcript is there', async () => {
    const { job } = await run(pipeline, silence(1), {
      transcription: { model: 'tiny' },
      videoEmbedding: HASH,
    });

    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      result: {
        tasks: {
          transcription: { status: 'SUCCEEDED' },
          videoEmbedding: { status: 'FAILED', failure: { code: 'NO_VIDEO_STREAM' } },
        },
      },
    });
    expect(job.result?.warnings).toContainEqual(
      expect.objectContaining({ code: 'NO_VIDEO', cause: 'NO_VIDEO_STREAM' }),
    );
    expect(job.links).toHaveProperty('markdown');
  });

  it.each([
    ['sound without pictures', () => silence(1), 'NO_VIDEO_STREAM'],
    [
      'a video whose index is missing',
      async () => (await silentVideo()).subarray(0, 4_000),
      'MEDIA_CORRUPT',
    ],
  ])('fail the job with a reason: %s', async (_, make, code) => {
    const { job } = await run(pipeline, await make(), { videoEmbedding: HASH });

    expect(job).toMatchObject({ status: 'FAILED', failure: { code } });
  });
});

/** A pipeline whose workers have the models that are written into a folder, and reach no others. */
async function startWithModels(write: (modelsDir: string) => Promise<unknown>): Promise<Pipeline> {
  await using scratch = new AsyncDisposableStack();
  const own = scratch.use(await makeScratchDir());
  const cache = scratch.use(await makeScratchDir());
  await write(own.path);
  const pipeline = await startPipeline({
    machine: {
      ...process.env,
      MODELS_DIR: cache.path,
      REELSCRIBE_MODELS: own.path,
      REELSCRIBE_OFFLINE: '1',
      FFMPEG_PATH: tools.ffmpeg,
      FFPROBE_PATH: tools.ffprobe,
    },
  });
  const folders = scratch.move();
  return {
    ...pipeline,
    async [Symbol.asyncDispose]() {
      await pipeline[Symbol.asyncDispose]();
      await folders.disposeAsync();
    },
  };
}

describe('the embedding of a video by Qwen3-VL', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startWithModels((modelsDir) => writeTinyQwen3Vl(modelsDir));
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
  });

  it('is one vector of the pictures and the caption together, as short as asked for', async () => {
    const embed = async (caption: string) => {
      const { job } = await run(pipeline, await silentVideo(), {
        videoEmbedding: { model: 'qwen3-vl-embedding-2b', frames: 4, dims: 64, caption },
      });
      expect(job).toMatchObject({ status: 'SUCCEEDED', result: { warnings: [] } });
      return (await documentOf(pipeline, job)).video;
    };
    const video = await embed('a red car');
    const other = await embed('a blue bird');

    expect(video).toMatchObject({ granularity: 'video', pooling: 'none', dims: 64 });
    expect(video?.frameTimes).toEqual([0, 1, 2, 3]);
    expect(video?.items).toMatchObject([{ start: 0, end: 3 }]);
    expect(video?.caption).toEqual({ text: 'a red car' });
    const vector = video?.items[0]?.vector ?? [];
    expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    expect(other?.items[0]?.vector).not.toEqual(vector);
  });

  it('fails the job where the model is not there, and says which it is', async () => {
    const { job } = await run(pipeline, await silentVideo(), {
      videoEmbedding: { model: 'vjepa2-vitl-fpc64-256' },
    });

    expect(job).toMatchObject({
      status: 'FAILED',
      failure: {
        code: expect.stringMatching(/^MODEL_/),
        message: expect.stringContaining('vjepa2-vitl-fpc64-256'),
      },
    });
  });
});

describeWithShared('the embeddings of a video by CLIP', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    const fixture = (...parts: string[]) => sharedPath('fixtures', 'clip', 'model', ...parts);
    pipeline = await startWithModels(async (modelsDir) => {
      const dir = join(modelsDir, 'clip-vit-b32-q8');
      await mkdir(dir);
      await copyFile(fixture('onnx', 'vision_model.onnx'), join(dir, 'vision.onnx'));
      await copyFile(fixture('onnx', 'text_model.onnx'), join(dir, 'text.onnx'));
      await copyFile(fixture('tokenizer.json'), join(dir, 'tokenizer.json'));
    });
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
  });

  it('are those of the reference for its images', async () => {
    const image = await readFile(sharedPath('fixtures', 'clip', 'images', 'photo_641x427.jpg'));
    const { job } = await run(pipeline, image, {
      videoEmbedding: { model: 'clip-vit-b32', caption: 'a photo of a harbour' },
    });
    const { video } = await documentOf(pipeline, job);
    const { data } = await readNpy(
      sharedPath('fixtures', 'clip', 'photo_641x427.image_embeds.npy'),
    );
    const length = Math.hypot(...data);
    const cosine = video?.items[0]?.vector.reduce(
      (sum, value, dim) => sum + (value * data[dim]!) / length,
      0,
    );

    expect(cosine).toBeGreaterThan(1 - 1e-4);
    expect(video?.version).toMatch(/^clip-vit-b32-q8@[0-9a-f]{16}$/);
    expect(video?.caption?.vector).toHaveLength(video?.dims ?? 0);
  });
});
