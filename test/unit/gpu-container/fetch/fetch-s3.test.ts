import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { fetchS3 } from '../../../../gpu-container/src/fetch/fetch-s3.ts';
import type { FetchProgress } from '../../../../gpu-container/src/fetch/fetch-target.ts';
import { startLoopbackServer } from '../../../environment/loopback-server.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const BUCKET = 'media';
const MAX_BYTES = 10_000_000;
const QUICK_RETRY = { retries: 2, firstWaitMs: 1 };

let server: FauxqsServer;
let s3: S3Client;

function clientFor(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

async function put(key: string, body: Buffer): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
}

/** Calls made of one operation of a client, in order. */
function recordCalls(client: S3Client): { name: string; input: Record<string, unknown> }[] {
  const calls: { name: string; input: Record<string, unknown> }[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      calls.push({ name: context.commandName ?? '', input: { ...args.input } });
      return next(args);
    },
    { step: 'initialize' },
  );
  return calls;
}

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  server.createBucket(BUCKET);
  s3 = clientFor(server.address);
});

afterAll(async () => {
  s3.destroy();
  await server.stop();
});

describe('fetchS3', () => {
  it('puts the parts of an object together byte for byte, the last one shorter', async () => {
    await using scratch = await makeScratchDir();
    const object = randomBytes(1_000_003);
    await put('talk.mp4', object);
    const client = clientFor(server.address);
    const calls = recordCalls(client);
    const progress: FetchProgress[] = [];
    const path = join(scratch.path, 'input');

    const bytes = await fetchS3(
      { bucket: BUCKET, key: 'talk.mp4' },
      { s3: client, partBytes: 65_536 },
      { path, maxBytes: MAX_BYTES, onProgress: (step) => progress.push(step) },
    );

    expect(bytes).toBe(object.length);
    expect((await readFile(path)).equals(object)).toBe(true);
    const gets = calls.filter(({ name }) => name === 'GetObjectCommand');
    expect(gets).toHaveLength(16);
    expect(gets.every(({ input }) => typeof input['IfMatch'] === 'string')).toBe(true);
    expect(progress.at(-1)).toEqual({ bytesDone: object.length, bytesTotal: object.length });
    client.destroy();
  });

  it.each([
    ['an absent key', { bucket: BUCKET, key: 'absent.mp4' }],
    ['an absent bucket', { bucket: 'absent-bucket', key: 'talk.mp4' }],
  ])('reports %s as INPUT_NOT_FOUND', async (_label, location) => {
    await using scratch = await makeScratchDir();
    const target = { path: join(scratch.path, 'input'), maxBytes: MAX_BYTES };
    await expect(fetchS3(location, { s3 }, target)).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      retryable: false,
    });
  });

  it.each([400, 403, 404, 405])('reports status %d as INPUT_NOT_FOUND', async (status) => {
    await using scratch = await makeScratchDir();
    await using refusing = await startLoopbackServer((_request, response) => {
      response.writeHead(status).end();
    });
    const client = clientFor(refusing.origin);
    const target = { path: join(scratch.path, 'input'), maxBytes: MAX_BYTES };
    await expect(
      fetchS3({ bucket: BUCKET, key: 'talk.mp4' }, { s3: client }, target),
    ).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    client.destroy();
  });

  it('reports an object of 0 bytes as INPUT_EMPTY', async () => {
    await using scratch = await makeScratchDir();
    await put('empty.wav', Buffer.alloc(0));
    const target = { path: join(scratch.path, 'input'), maxBytes: MAX_BYTES };
    await expect(
      fetchS3({ bucket: BUCKET, key: 'empty.wav' }, { s3 }, target),
    ).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it('reports an object over the limit without reading any of it', async () => {
    await using scratch = await makeScratchDir();
    await put('large.mp4', Buffer.alloc(1_001));
    const client = clientFor(server.address);
    const calls = recordCalls(client);
    await expect(
      fetchS3(
        { bucket: BUCKET, key: 'large.mp4' },
        { s3: client },
        { path: join(scratch.path, 'input'), maxBytes: 1_000 },
      ),
    ).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    expect(calls.map(({ name }) => name)).toEqual(['HeadObjectCommand']);
    client.destroy();
  });

  it('notices an object that is overwritten between two of its parts', async () => {
    await using scratch = await makeScratchDir();
    await put('changing.mp4', Buffer.alloc(10_000, 1));
    let isOverwritten = false;
    const client = clientFor(server.address);
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'GetObjectCommand' && !isOverwritten) {
          isOverwritten = true;
          await put('changing.mp4', Buffer.alloc(10_000, 2));
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    await expect(
      fetchS3(
        { bucket: BUCKET, key: 'changing.mp4' },
        { s3: client, partBytes: 1_000, retry: QUICK_RETRY },
        { path: join(scratch.path, 'input'), maxBytes: MAX_BYTES },
      ),
    ).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('changed while it was being read'),
    });
    client.destroy();
  });

  it('asks again for a part whose connection broke', async () => {
    await using scratch = await makeScratchDir();
    const object = randomBytes(4_096);
    let gets = 0;
    await using breaking = await startLoopbackServer((request, response) => {
      const headers = { etag: '"1"', 'content-length': String(object.length) };
      if (request.method === 'HEAD') {
        response.writeHead(200, headers).end();
        return;
      }
      gets += 1;
      response.writeHead(206, headers);
      if (gets === 1) {
        response.write(object.subarray(0, 1_000), () => response.destroy());
      } else {
        response.end(object);
      }
    });
    const client = clientFor(breaking.origin);
    const path = join(scratch.path, 'input');
    await fetchS3(
      { bucket: BUCKET, key: 'talk.mp4' },
      { s3: client, retry: QUICK_RETRY },
      { path, maxBytes: MAX_BYTES },
    );
    expect(gets).toBe(2);
    expect((await readFile(path)).equals(object)).toBe(true);
    client.destroy();
  });

  it('reports S3 that stays unavailable as FETCH_FAILED after its retries', async () => {
    await using scratch = await makeScratchDir();
    let gets = 0;
    await using failing = await startLoopbackServer((request, response) => {
      if (request.method === 'HEAD') {
        response.writeHead(200, { etag: '"1"', 'content-length': '10' }).end();
      } else {
        gets += 1;
        response.writeHead(503).end();
      }
    });
    const client = clientFor(failing.origin);
    await expect(
      fetchS3(
        { bucket: BUCKET, key: 'talk.mp4' },
        { s3: client, retry: QUICK_RETRY },
        { path: join(scratch.path, 'input'), maxBytes: MAX_BYTES },
      ),
    ).rejects.toMatchObject({ code: 'FETCH_FAILED', retryable: true });
    expect(gets).toBe(1 + QUICK_RETRY.retries);
    client.destroy();
  });

  it('stops with the reason of its signal in the middle of a part', async () => {
    await using scratch = await makeScratchDir();
    const controller = new AbortController();
    const reason = new Error('the machine goes away');
    await using stalling = await startLoopbackServer((request, response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': '1000' });
      if (request.method === 'HEAD') {
        response.end();
      } else {
        response.write(Buffer.alloc(10), () => controller.abort(reason));
      }
    });
    const client = clientFor(stalling.origin);
    await expect(
      fetchS3(
        { bucket: BUCKET, key: 'talk.mp4' },
        { s3: client },
        { path: join(scratch.path, 'input'), maxBytes: MAX_BYTES, signal: controller.signal },
      ),
    ).rejects.toBe(reason);
    client.destroy();
  });
});
