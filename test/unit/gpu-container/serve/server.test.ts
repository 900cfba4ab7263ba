import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { problemSchema } from '#contracts/api.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import {
  embeddingResponseSchema,
  embedFileResponseSchema,
  healthResponseSchema,
} from '#contracts/service.ts';
import { warning } from '#contracts/transcript.ts';
import { openTextVectors } from '../../../../gpu-container/src/serve/text-vectors.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { bodyOf, deterministicVideo, openBench, slotOf, TOKEN } from './service-bench.ts';

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  return problem;
}

/** Texts whose forward passes wait until they are let go. */
function heldTexts() {
  const passes: string[][] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const texts = openTextVectors(
    {
      version: 'held@1',
      dims: 2,
      embed: async (batch) => {
        passes.push([...batch]);
        await released;
        return batch.map(({ length }) => Float32Array.of(length, 0));
      },
    },
    { MAX_BATCH: 8, MAX_BATCH_WAIT_MS: 0 },
    () => {},
  );
  return { slot: slotOf('held', async () => texts), passes, release };
}

const GPU = {
  name: 'NVIDIA L4',
  driver: '580.95.05',
  memoryMib: 23_034,
  computeCapability: '8.9',
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('who may use the service', () => {
  const bench = openBench();

  it.each(['/metrics', '/metrics/gpu', '/v1/embed/text', '/unheard-of'])(
    'needs the token for %s',
    async (path) => {
      const response = await bench.app.request(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await problemOf(response)).toMatchObject({ code: 'UNAUTHORIZED', instance: path });
    },
  );

  it('needs none for the health of the service', async () => {
    const response = await bench.app.request('/health');
    expect(response.status).toBe(200);
    expect(healthResponseSchema.parse(await response.json())).toMatchObject({
      status: 'ok',
      model_loaded: true,
      model_name: 'deterministic',
      gpu_available: false,
      device: 'cpu',
      cpu_fallback: false,
      gpu: null,
    });
  });

  it('tells anyone which GPU the models run on', async () => {
    const { app } = openBench({ compute: { device: 'cuda', gpu: GPU, warnings: [] } });
    expect(healthResponseSchema.parse(await bodyOf(await app.request('/health')))).toMatchObject({
      device: 'cuda',
      cpu_fallback: false,
      gpu: {
        name: 'NVIDIA L4',
        driver: '580.95.05',
        memory_total_mib: 23_034,
        compute_capability: '8.9',
      },
    });
  });

  it('tells anyone that the CPU took the place of a GPU', async () => {
    const { app } = openBench({ compute: { device: 'cpu', warnings: [warning('RAN_ON_CPU')] } });
    expect(healthResponseSchema.parse(await bodyOf(await app.request('/health')))).toMatchObject({
      device: 'cpu',
      cpu_fallback: true,
      gpu: null,
    });
  });

  it('leaves no token, text or query in the log', async () => {
    await bench.get('/metrics?token=of-the-query');
    await bench.postJson('/v1/embed/text', { text: 'said in confidence', model: 'deterministic' });
    const log = JSON.stringify(bench.lines());
    expect(log).toContain('/v1/embed/text');
    expect(log).not.toMatch(new RegExp(`${TOKEN}|of-the-query|confidence`));
  });
});

describe('what is refused', () => {
  const bench = openBench();

  it.each<[string, string, unknown, number, string]>([
    ['no JSON', '/v1/embed/text', '{', 400, 'INVALID_JSON'],
    ['a field that is unknown', '/v1/embed/text', { text: 'a', topK: 1 }, 400, 'INVALID_REQUEST'],
    ['no text', '/v1/embed/text', { text: '' }, 400, 'INVALID_REQUEST'],
    ['a body of 64 KiB', '/v1/embed/text', { text: 'a'.repeat(65_536) }, 413, 'PAYLOAD_TOO_LARGE'],
    [
      'a model that is not there',
      '/v1/embed/text',
      { text: 'a', model: 'b' },
      422,
      'MODEL_NOT_FOUND',
    ],
    ['dims of a model without', '/v1/embed/text', { text: 'a', dims: 8 }, 400, 'INVALID_REQUEST'],
    ['a climbing key', '/v1/embed/video', { storage_key: '../a.mp4' }, 400, 'INVALID_REQUEST'],
    ['a missing file', '/v1/embed/video', { storage_key: 'a.mp4' }, 422, 'INPUT_NOT_FOUND'],
    [
      'dims of a video model without',
      '/v1/embed/video',
      { storage_key: 'a.mp4', dims: 64 },
      400,
      'INVALID_REQUEST',
    ],
    [
      'a transcription without a model',
      '/v1/transcribe/video',
      { storage_key: 'a.mp4' },
      422,
      'NOT_AVAILABLE',
    ],
  ])('%s', async (_what, path, body, status, code) => {
    const problem = await problemOf(await bench.postJson(path, body));
    expect(problem).toMatchObject({ status, code });
  });

  it('a body of another type', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/plain' };
    const response = await bench.postJson('/v1/embed/text', '{"text":"a"}', { headers });
    expect(await problemOf(response)).toMatchObject({ status: 415 });
  });

  it('a path that is not there, and a method that a route does not take', async () => {
    expect(await problemOf(await bench.get('/v1/jobs'))).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    const wrongMethod = await bench.get('/v1/embed/text');
    expect(wrongMethod.headers.get('allow')).toContain('POST');
    expect(await problemOf(wrongMethod)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  it('a defect, which tells nothing of itself', async () => {
    const broken = openBench({
      models: { texts: [slotOf('broken', () => Promise.reject(new Error('at /srv/secret')))] },
    });
    const response = await broken.postJson('/v1/embed/text', { text: 'a' });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

describe('a model that cannot be had', () => {
  const lost = slotOf<never>('lost', () =>
    Promise.reject(new ReelscribeError('MODEL_DOWNLOAD_FAILED')),
  );
  const bench = openBench({ models: { texts: [lost] } });

  it('is the answer of its route, while the others go on and the health is degraded', async () => {
    const response = await bench.postJson('/v1/embed/text', { text: 'a' });
    expect(await problemOf(response)).toMatchObject({ status: 502, code: 'MODEL_DOWNLOAD_FAILED' });
    const other = await bench.postJson('/v1/embed/text', { text: 'a', model: 'deterministic' });
    expect(embeddingResponseSchema.parse(await other.json())).toMatchObject({
      version: 'deterministic@1',
      dims: 512,
    });
    expect(await bodyOf(await bench.app.request('/health'))).toMatchObject({
      status: 'degraded',
      model_loaded: false,
    });
  });
});

describe('requests for the embedding of a text', () => {
  it('share forward passes where they come together', async () => {
    const { slot, passes, release } = heldTexts();
    const bench = openBench({ models: { texts: [slot] } });
    const ask = (text: string) => bench.postJson('/v1/embed/text', { text });
    const first = ask('a');
    await until(() => passes.length === 1);
    const others = ['bb', 'ccc'].map(ask);
    await until(() => bench.queues.text.active() === 3);
    release();
    const answers = await Promise.all([first, ...others].map(async (one) => bodyOf(await one)));
    expect(passes).toEqual([['a'], ['bb', 'ccc']]);
    expect(answers.map(({ embedding }) => embedding)).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it('are told to come again where too many wait', async () => {
    const { slot, passes, release } = heldTexts();
    const bench = openBench({ models: { texts: [slot] }, variables: { MAX_TEXT_REQUESTS: '1' } });
    const first = bench.postJson('/v1/embed/text', { text: 'a' });
    await until(() => passes.length === 1);
    const refused = await bench.postJson('/v1/embed/text', { text: 'b' });
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    release();
    expect((await first).status).toBe(200);
  });

  it('end when their time is up, or their caller is gone', async () => {
    const { slot } = heldTexts();
    const bench = openBench({
      models: { texts: [slot] },
      variables: { TEXT_TIMEOUT_SECONDS: '0.05' },
    });
    const late = await bench.postJson('/v1/embed/text', { text: 'a' });
    expect(await problemOf(late)).toMatchObject({ status: 504, code: 'GATEWAY_TIMEOUT' });
    const gone = new AbortController();
    const left = bench.postJson('/v1/embed/text', { text: 'b' }, { signal: gone.signal });
    gone.abort();
    await left;
    expect([bench.queues.text.active(), bench.drain.inFlight()]).toEqual([0, 0]);
  });
});

describe('a service that is being stopped', () => {
  it('finishes what it has, refuses more, and says so', async () => {
    const { slot, passes, release } = heldTexts();
    const bench = openBench({ models: { texts: [slot] } });
    const running = bench.postJson('/v1/embed/text', { text: 'a' });
    await until(() => passes.length === 1);
    const finished = bench.drain.finish(60);

    const health = await bench.app.request('/health');
    expect(health.status).toBe(503);
    expect(await bodyOf(health)).toMatchObject({ status: 'draining' });
    const refused = await bench.postJson('/v1/embed/text', { text: 'b' });
    expect(refused.headers.get('connection')).toBe('close');
    expect(await problemOf(refused)).toMatchObject({ status: 503 });

    release();
    const response = await running;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await finished;
  });

  it('ends by itself what takes longer than the grace', async () => {
    const { slot, passes } = heldTexts();
    const bench = openBench({ models: { texts: [slot] } });
    const running = bench.postJson('/v1/embed/text', { text: 'a' });
    await until(() => passes.length === 1);
    await bench.drain.finish(0.01);
    expect(await problemOf(await running)).toMatchObject({ status: 503, code: 'INTERRUPTED' });
  });
});

describe('the metrics', () => {
  it('count by route and not by path, and tell of queues and models', async () => {
    const bench = openBench();
    await bench.postJson('/v1/embed/text', { text: 'a' });
    await bench.get('/made-up-1');
    await bench.get('/made-up-2');
    const response = await bench.get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const lines = (await response.text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'reelscribe_http_requests_total{method="POST",route="/v1/embed/text",status="200"} 1',
        'reelscribe_http_requests_total{method="GET",route="none",status="404"} 2',
        'reelscribe_queue_depth{queue="embedding"} 0',
        'reelscribe_model_loaded{model="deterministic"} 1',
        'reelscribe_http_requests_in_flight 1',
      ]),
    );
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes'))).toBe(true);
  });

  it('tell what the models run on, and how much of each', async () => {
    const placement = {
      nodes: {},
      seconds: {},
      runSeconds: 1,
      cpuOperators: [],
      deviceShare: 0.4,
    };
    const bench = openBench({
      compute: { device: 'cuda', gpu: GPU, warnings: [] },
      placements: [{ model: 'whisper-base/decoder.onnx', placement }],
    });
    const text = await (await bench.get('/metrics')).text();
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'reelscribe_device_info{device="cuda",gpu="NVIDIA L4",driver="580.95.05",memory_mib="23034",compute_capability="8.9"} 1',
        'reelscribe_model_device_share{model="whisper-base/decoder.onnx"} 0.4',
      ]),
    );
  });

  it('of the GPUs are empty where there is none', async () => {
    expect(await bodyOf(await openBench().get('/metrics/gpu'))).toEqual({ gpus: [] });
  });
});

describe('pictures', () => {
  let scratch: Awaited<ReturnType<typeof makeScratchDir>>;
  let red: Blob;
  let blue: Blob;

  beforeAll(async () => {
    scratch = await makeScratchDir();
    const picture = async (background: string) => {
      const image = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      return new Blob([new Uint8Array(await image.png().toBuffer())]);
    };
    [red, blue] = await Promise.all([picture('red'), picture('blue')]);
    await writeFile(join(scratch.path, 'red.png'), await red.bytes());
  });

  afterAll(async () => {
    await scratch[Symbol.asyncDispose]();
  });

  const open = (variables: Record<string, string> = {}) =>
    openBench({ storageRoot: scratch.path, scratchDir: scratch.path, variables });

  function form(name: string, ...files: Blob[]): FormData {
    const body = new FormData();
    for (const file of files) {
      body.append(name, file, 'picture.png');
    }
    return body;
  }

  it('have the same embedding by storage key, as a frame, and as a file', async () => {
    const bench = open();
    const stored = await bench.postJson('/v1/embed/video', { storage_key: 'red.png' });
    const frames = await bench.postForm('/v1/embed/video_frames', form('frames[]', red));
    const file = await bench.postForm('/embed', form('file', red));
    const expected = embeddingResponseSchema.parse(await stored.json());
    expect(await bodyOf(frames)).toEqual(expected);
    const result = embedFileResponseSchema.parse(await file.json());
    expect(result).toMatchObject({ embedding: expected.embedding, error: null, detail: null });
    expect(result.debugMetadata).toMatchObject({ mediaType: 'image/png', frames: 1 });
    expect(await bodyOf(await bench.app.request('/health'))).toMatchObject({ processed_files: 3 });
    expect(await readdir(scratch.path)).toEqual(['red.png']);
  });

  it('as frames are pooled to one vector of unit length', async () => {
    const bench = open();
    const both = await bench.postForm('/v1/embed/video_frames', form('frames[]', red, blue));
    const { embedding } = embeddingResponseSchema.parse(await both.json());
    const { embedder } = deterministicVideo();
    expect(embedding).toHaveLength(embedder.dims);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
  });

  it('are refused beyond the number of frames, and with a caption that nobody reads', async () => {
    const bench = open({ MAX_FRAMES: '1' });
    const many = await bench.postForm('/v1/embed/video_frames', form('frames[]', red, blue));
    expect(await problemOf(many)).toMatchObject({ code: 'INVALID_REQUEST' });
    const captioned = form('frames[]', red);
    captioned.append('caption', 'a red square');
    const refused = await bench.postForm('/v1/embed/video_frames', captioned);
    expect(await problemOf(refused)).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('that are none fail in the form of their route, and leave nothing behind', async () => {
    const bench = open();
    const text = await bench.postForm(
      '/embed',
      form('file', new Blob(['#EXTM3U\nfile:///etc/passwd\n'])),
    );
    expect(text.status).toBe(422);
    expect(embedFileResponseSchema.parse(await text.json())).toEqual({
      embedding: null,
      debugMetadata: {},
      error: 'UNSUPPORTED_MEDIA',
      detail: expect.any(String),
    });
    const frames = await bench.postForm(
      '/v1/embed/video_frames',
      form('frames[]', new Blob(['x'])),
    );
    expect(await problemOf(frames)).toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
    const anonymous = await bench.app.request('/embed', { method: 'POST' });
    expect(anonymous.status).toBe(401);
    expect(await bodyOf(anonymous)).toMatchObject({ embedding: null, error: 'UNAUTHORIZED' });
    expect(await readdir(scratch.path)).toEqual(['red.png']);
  });
});
