import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import {
  type EmbeddingResponse,
  embeddingResponseSchema,
  embedFileResponseSchema,
  embedVideoResponseSchema,
} from '#contracts/service.ts';
import { transcriptSchema } from '#contracts/transcript.ts';
import { openTextEmbedder } from '../../gpu-container/src/embed/text/text-embedder.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { findMediaTools } from '../environment/media-tools.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';
import { itWithShared, sharedPath } from '../environment/shared.ts';
import { demoSpeech } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const TOKEN = 'the-token-of-this-test-and-no-other';
const TEXT_MODEL = 'all-minilm-l6-v2';

type RunningService = {
  origin: string;
  child: ChildProcess;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
  log: () => string;
};

/** Starts the real process on a free port, and waits until its models are loaded. */
async function startService(variables: Record<string, string>): Promise<RunningService> {
  const { ffmpeg, ffprobe } = await findMediaTools();
  const child = spawn(process.execPath, ['gpu-container/src/main.ts', 'serve'], {
    env: {
      ...process.env,
      FFMPEG_PATH: ffmpeg,
      FFPROBE_PATH: ffprobe,
      PORT: '0',
      SERVICE_TOKEN: TOKEN,
      VIDEO_MODEL: 'deterministic',
      TRANSCRIPTION_MODEL: 'tiny',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let log = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const listening = log.split('\n').find((line) => line.includes('"msg":"listening"'));
      if (listening !== undefined) {
        resolve(JSON.parse(listening).address.port);
      }
    });
    exited.then((code) => reject(new Error(`the service ended with ${code}: ${log}`)));
  });
  const origin = `http://127.0.0.1:${port}`;
  for (;;) {
    const { status } = (await (await fetch(`${origin}/health`)).json()) as { status: string };
    if (status !== 'loading') {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { origin, child, exited, log: () => log };
}

const authorization = { authorization: `Bearer ${TOKEN}` };

function postJson({ origin }: RunningService, path: string, body: unknown): Promise<Response> {
  return fetch(origin + path, {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function embedText(service: RunningService, text: string): Promise<EmbeddingResponse> {
  const response = await postJson(service, '/v1/embed/text', { text });
  return embeddingResponseSchema.parse(await response.json());
}

function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  return Math.max(...Array.from(one, (value, dim) => Math.abs(value - (other[dim] ?? Number.NaN))));
}

describe('the service', () => {
  let scratch: Awaited<ReturnType<typeof makeScratchDir>>;
  let storage: Awaited<ReturnType<typeof makeScratchDir>>;
  let service: RunningService;
  let speech: Blob;

  beforeAll(async () => {
    scratch = await makeScratchDir();
    storage = await makeScratchDir();
    speech = new Blob([new Uint8Array(await demoSpeech('jfk.wav'))]);
    service = await startService({ STORAGE_ROOT: storage.path, SCRATCH_DIR: scratch.path });
  });

  afterAll(async () => {
    service?.child.kill('SIGKILL');
    await service?.exited;
    await scratch?.[Symbol.asyncDispose]();
    await storage?.[Symbol.asyncDispose]();
  });

  async function postSpeech(origin: string): Promise<Response> {
    const form = new FormData();
    form.append('language', 'en');
    form.append('file', speech, 'speech.wav');
    return fetch(`${origin}/v1/transcribe/audio`, {
      method: 'POST',
      headers: authorization,
      body: form,
    });
  }

  it('gives 64 texts that come at once the embeddings that each has alone', async () => {
    const texts = Array.from(
      { length: 64 },
      (_, index) =>
        `The ${index}th of the sentences, ${'and so on '.repeat(index % 7)}until it ends.`,
    );
    const together = await Promise.all(texts.map((text) => embedText(service, text)));
    const { dir } = await modelStoreFromEnvironment().pull(TEXT_MODEL);
    const embedder = await openTextEmbedder({ dir, modelId: TEXT_MODEL });
    for (const [index, text] of texts.entries()) {
      const [alone] = await embedder.embed([text]);
      expect(largestDifference(together[index]!.embedding, alone!)).toBeLessThan(1e-4);
    }
    await embedder.dispose();
    const metrics = await (
      await fetch(`${service.origin}/metrics`, { headers: authorization })
    ).text();
    const passes = /^reelscribe_text_batch_size_count\{model="all-minilm-l6-v2"\} (\d+)$/m.exec(
      metrics,
    );
    expect(Number(passes?.[1])).toBeLessThan(texts.length / 2);
  });

  it('transcribes an uploaded recording, and forgets it', async () => {
    const response = await postSpeech(service.origin);
    const transcript = transcriptSchema.parse(await response.json());
    expect(transcript).toMatchObject({
      jobId: response.headers.get('x-request-id'),
      model: 'tiny',
      language: { code: 'en' },
      warnings: [],
    });
    expect(transcript.text).toContain('ask not what your country can do for you');
    expect(await readdir(scratch.path)).toEqual([]);
    expect(service.log()).not.toContain('country');
  });

  itWithShared('embeds a stored video with its transcript, as it does alone', async () => {
    await copyFile(sharedPath('audio', 'video_speech.mp4'), join(storage.path, 'talk.mp4'));
    const asked = await postJson(service, '/v1/embed/video', {
      storage_key: 'talk.mp4',
      transcribe: true,
    });
    const both = embedVideoResponseSchema.parse(await asked.json());
    expect(both).toMatchObject({ version: 'deterministic@1', dims: 512 });
    const transcribed = await postJson(service, '/v1/transcribe/video', {
      storage_key: 'talk.mp4',
    });
    const alone = transcriptSchema.parse(await transcribed.json());
    expect(alone.text.length).toBeGreaterThan(10);
    expect(both.transcript?.text).toBe(alone.text);

    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(await readFile(join(storage.path, 'talk.mp4')))]));
    const uploaded = await fetch(`${service.origin}/embed`, {
      method: 'POST',
      headers: authorization,
      body: form,
    });
    expect(embedFileResponseSchema.parse(await uploaded.json())).toMatchObject({
      embedding: both.embedding,
      debugMetadata: { mediaType: 'video/mp4' },
      error: null,
    });
  });

  it('gives up the work of a caller who goes away', async () => {
    const gone = new AbortController();
    const form = new FormData();
    form.append('file', speech, 'speech.wav');
    const left = fetch(`${service.origin}/v1/transcribe/audio`, {
      method: 'POST',
      headers: authorization,
      body: form,
      signal: gone.signal,
    }).catch((error: Error) => error.name);
    while ((await readdir(scratch.path)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    gone.abort();
    expect(await left).toBe('AbortError');
    while ((await readdir(scratch.path)).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // The line comes through a pipe, a moment after the folder is empty.
    while (!service.log().includes('the caller went away')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it('finishes the request that it has when it is told to stop, and ends by itself', async () => {
    const running = postSpeech(service.origin);
    while ((await readdir(scratch.path)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    service.child.kill('SIGTERM');
    const response = await running;
    expect(response.headers.get('connection')).toBe('close');
    expect(transcriptSchema.parse(await response.json()).text).toContain('country');
    expect(await service.exited).toBe(EXIT_CODES.SUCCEEDED);
  });
});
