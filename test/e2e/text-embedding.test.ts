import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JobView } from '#contracts/api.ts';
import { embeddingsSchema } from '#contracts/embeddings.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import { manifestSchema } from '#contracts/job-result.ts';
import { transcriptSchema } from '#contracts/transcript.ts';
import { openTextEmbedder } from '../../gpu-container/src/embed/text/text-embedder.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { dotProduct } from '../../gpu-container/src/vector/similarity.ts';
import { findMediaTools } from '../environment/media-tools.ts';
import { linkModels } from '../environment/model-cache.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { readNpy } from '../parity/npy.ts';
import { demoSpeech, type Pipeline, silence, startPipeline } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const MODEL = 'all-minilm-l6-v2';
const ROUNDING = 1e-6;

type TextEmbedding = NonNullable<JobRequestInput['tasks']['textEmbedding']>;

async function embed(pipeline: Pipeline, recording: Uint8Array, textEmbedding: TextEmbedding) {
  const tasks = { transcription: { model: 'tiny' }, textEmbedding };
  const jobId = await pipeline.post(await pipeline.upload(recording), { tasks });
  return await pipeline.end(jobId);
}

async function documentOf(pipeline: Pipeline, job: JobView) {
  return embeddingsSchema.parse(JSON.parse(await pipeline.artifact(job, 'embeddings')));
}

async function arrayOf(pipeline: Pipeline, job: JobView) {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'embeddings.npy');
  await writeFile(path, await pipeline.bytes(job, 'npy'));
  return await readNpy(path);
}

describe('the embeddings of a recording', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startPipeline();
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
  });

  it('find what is said in it, and are the same in both files', async () => {
    const recording = await demoSpeech('jfk.wav', 'sense-and-sensibility-0870.wav');
    const { job, events } = await embed(pipeline, recording, {});

    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      result: { tasks: { textEmbedding: { status: 'SUCCEEDED' } }, warnings: [] },
    });
    const { text } = await documentOf(pipeline, job);
    const transcript = transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
    expect(text).toMatchObject({ model: MODEL, dims: 384, granularity: 'segment' });
    expect(text?.items.map(({ start, end, text: said }) => ({ start, end, text: said }))).toEqual(
      transcript.segments.map(({ start, end, text: said }) => ({ start, end, text: said.trim() })),
    );

    const { shape, data } = await arrayOf(pipeline, job);
    expect(shape).toEqual([transcript.segments.length, 384]);
    const rows = transcript.segments.map((_, row) => data.slice(row * 384, (row + 1) * 384));
    for (const { index, vector } of text?.items ?? []) {
      const row = rows[index]!;
      expect(Math.max(...row.map((value, dim) => Math.abs(value - vector[dim]!)))).toBeLessThan(
        ROUNDING,
      );
      expect(dotProduct(row, row)).toBeCloseTo(1, 5);
    }

    const { dir } = await modelStoreFromEnvironment().pull(MODEL);
    const embedder = await openTextEmbedder({ dir, modelId: MODEL });
    const [query] = await embedder.embed(['What should citizens do for their nation?']);
    await embedder.dispose();
    const similarities = rows.map((row) => dotProduct(query!, row));
    const nearest = similarities.indexOf(Math.max(...similarities));
    expect(text?.items[nearest]?.text).toContain('country');

    const manifest = manifestSchema.parse(JSON.parse(await pipeline.artifact(job, 'manifest')));
    expect(manifest.models).toContain(MODEL);
    expect(events.at(-1)?.type).toBe('job.completed');
  });

  it('are none where nobody speaks', async () => {
    const { job } = await embed(pipeline, silence(3), { granularity: 'chunk' });

    expect(job.status).toBe('SUCCEEDED');
    expect(await documentOf(pipeline, job)).toMatchObject({ text: { items: [] }, warnings: [] });
    expect((await arrayOf(pipeline, job)).shape).toEqual([0, 384]);
  });
});

describe('embeddings by a model that the worker does not have', () => {
  let pipeline: Pipeline;
  let cache: AsyncDisposableStack;

  beforeAll(async () => {
    cache = new AsyncDisposableStack();
    const scratch = cache.use(await makeScratchDir());
    await linkModels(scratch.path, ['whisper-tiny', 'silero-vad']);
    const { ffmpeg, ffprobe } = await findMediaTools();
    pipeline = await startPipeline({
      machine: {
        ...process.env,
        MODELS_DIR: scratch.path,
        REELSCRIBE_OFFLINE: '1',
        FFMPEG_PATH: ffmpeg,
        FFPROBE_PATH: ffprobe,
      },
    });
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await cache.disposeAsync();
  });

  it('fail the job, and say which model it is', async () => {
    const { job } = await embed(pipeline, silence(1), {});

    expect(job).toMatchObject({
      status: 'FAILED',
      failure: {
        code: 'MODEL_UNAVAILABLE_OFFLINE',
        message: expect.stringContaining(MODEL),
      },
    });
  });

  it('are left out with a warning where they are not required', async () => {
    const { job } = await embed(pipeline, silence(1), { required: false });
    const warning = { code: 'TEXT_EMBEDDING_FAILED', cause: 'MODEL_UNAVAILABLE_OFFLINE' };

    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      result: { tasks: { textEmbedding: { status: 'FAILED' } } },
    });
    expect(job.result?.warnings).toContainEqual(expect.objectContaining(warning));
    expect(await documentOf(pipeline, job)).toMatchObject({ warnings: [warning] });
    expect(job.links).not.toHaveProperty('npy');
  });
});
