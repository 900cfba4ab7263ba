import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { hubUrl } from '../../../../gpu-container/src/models/sources/hf.ts';
import {
  createModelStore,
  type ModelBucket,
  modelStoreFromEnvironment,
} from '../../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { serve } from './recording-server.ts';
import { hubFile, sampleBytes, sampleEntry } from './sample-model.ts';

const content = sampleBytes('encoder');
const entry = sampleEntry([hubFile('encoder.onnx', content)]);

/** An S3 client that holds objects by `bucket/key`. */
function bucketOf(objects: Record<string, Buffer>): {
  client: ModelBucket['client'];
  asked: string[];
} {
  const asked: string[] = [];
  const send = async ({ input }: GetObjectCommand) => {
    const name = `${input.Bucket}/${input.Key}`;
    asked.push(name);
    const object = objects[name];
    if (object === undefined) {
      throw Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' });
    }
    return { Body: Readable.from([object]) };
  };
  return { client: { send } as unknown as ModelBucket['client'], asked };
}

describe('the order of sources', () => {
  it('takes a file from the local folder before any network, even offline', async () => {
    await using models = await makeScratchDir();
    await using cache = await makeScratchDir();
    await mkdir(join(models.path, 'sample'));
    await writeFile(join(models.path, 'sample', 'encoder.onnx'), content);
    const bucket = bucketOf({});
    const store = createModelStore({
      cacheDir: cache.path,
      modelsDir: models.path,
      s3: { client: bucket.client, bucket: 'models' },
      offline: true,
      catalog: [entry],
    });
    const model = await store.pull('sample');
    expect(await readFile(model.file('encoder.onnx'))).toEqual(content);
    expect(bucket.asked).toEqual([]);
  });

  it('takes a file from the bucket before the hub', async () => {
    await using hub = await serve((_, response) => response.end(content));
    await using cache = await makeScratchDir();
    const bucket = bucketOf({ 'models/v1/sample/encoder.onnx': content });
    const store = createModelStore({
      cacheDir: cache.path,
      s3: { client: bucket.client, bucket: 'models', prefix: 'v1/' },
      hub: { endpoint: hub.url },
      catalog: [entry],
    });
    await store.pull('sample');
    expect(hub.requests).toEqual([]);
  });

  it('goes on to the next source where one lacks the file or has another one', async () => {
    await using hub = await serve((_, response) => response.end(content));
    await using models = await makeScratchDir();
    await using cache = await makeScratchDir();
    const bucket = bucketOf({ 'models/sample/encoder.onnx': sampleBytes('stale') });
    const store = createModelStore({
      cacheDir: cache.path,
      modelsDir: models.path,
      s3: { client: bucket.client, bucket: 'models' },
      hub: { endpoint: hub.url },
      catalog: [entry],
    });
    const model = await store.pull('sample');
    expect(await readFile(model.file('encoder.onnx'))).toEqual(content);
    expect(bucket.asked).toHaveLength(1);
    expect(hub.requests).toHaveLength(1);
  });

  it('tells why each source failed where all did', async () => {
    await using hub = await serve((_, response) => response.writeHead(404).end());
    await using models = await makeScratchDir();
    await using cache = await makeScratchDir();
    const store = createModelStore({
      cacheDir: cache.path,
      modelsDir: models.path,
      s3: { client: bucketOf({}).client, bucket: 'models' },
      hub: { endpoint: hub.url },
      catalog: [entry],
    });
    const failure = await store.pull('sample').catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    expect((failure as Error).message).toMatch(
      /file:.*no file encoder\.onnx; s3:\/\/models: sample\/encoder\.onnx: NoSuchKey; hf:acme\/sample@abc: .*404/,
    );
  });
});

describe('the address of a file on the hub', () => {
  it('escapes the revision and each part of the path', () => {
    const location = {
      kind: 'hf' as const,
      repo: 'acme/sample',
      revision: 'refs/pr/1',
      path: 'onnx/a b#.onnx',
    };
    expect(hubUrl(location).href).toBe(
      'https://huggingface.co/acme/sample/resolve/refs%2Fpr%2F1/onnx/a%20b%23.onnx',
    );
    expect(hubUrl(location, 'http://127.0.0.1:9/hub/').href).toMatch(
      /^http:\/\/127\.0\.0\.1:9\/hub\/acme\/sample\/resolve\//,
    );
  });
});

describe('the store of the environment', () => {
  it('reads the cache, the hub and its token', async () => {
    const tokens: (string | undefined)[] = [];
    await using hub = await serve((request, response) => {
      tokens.push(request.headers.authorization);
      response.end(request.url);
    });
    await using cache = await makeScratchDir();
    const store = modelStoreFromEnvironment({
      MODELS_DIR: cache.path,
      HF_ENDPOINT: hub.url,
      HF_TOKEN: 'hf_secret',
    });
    const model = await store.pull('whisper-large-v3-turbo-fp16');
    expect(model.dir.startsWith(cache.path)).toBe(true);
    expect(hub.requests.length).toBeGreaterThan(0);
    expect(new Set(tokens)).toEqual(new Set(['Bearer hf_secret']));
  });

  it.each(['1', 'true'])('is offline where REELSCRIBE_OFFLINE is %s', async (flag) => {
    await using cache = await makeScratchDir();
    const store = modelStoreFromEnvironment({
      MODELS_DIR: cache.path,
      REELSCRIBE_OFFLINE: flag,
    });
    await expect(store.pull('silero-vad')).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE_OFFLINE',
      message: expect.stringMatching(/silero-vad.*npm:@ricky0123\/vad-web@0\.0\.31/),
    });
  });

  it.each([
    ['models', 'models/silero-vad/silero_vad.onnx'],
    ['models/team/v2', 'models/team/v2/silero-vad/silero_vad.onnx'],
  ])('reads MODEL_BUCKET %s as bucket and prefix', async (MODEL_BUCKET, object) => {
    await using cache = await makeScratchDir();
    await using registry = await serve((_, response) => response.writeHead(404).end('{}'));
    const { client, asked } = bucketOf({});
    const store = modelStoreFromEnvironment(
      { MODELS_DIR: cache.path, MODEL_BUCKET, npm_config_registry: registry.url },
      { s3Client: client },
    );
    await expect(store.pull('silero-vad')).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    expect(asked).toEqual([object]);
  });
});
