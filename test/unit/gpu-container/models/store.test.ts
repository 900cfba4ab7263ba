import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ModelEntry } from '../../../../gpu-container/src/models/model-entry.ts';
import {
  createModelStore,
  type ModelStoreOptions,
} from '../../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { serve } from './recording-server.ts';
import { digestOf, hubFile, sampleBytes, sampleEntry } from './sample-model.ts';

const encoder = sampleBytes('encoder');
const config = sampleBytes('config', 100);
const contents = new Map([
  ['/acme/sample/resolve/abc/onnx/encoder.onnx', encoder],
  ['/acme/sample/resolve/abc/onnx/config.json', config],
]);
const entry = sampleEntry([hubFile('encoder.onnx', encoder), hubFile('config.json', config)]);
const unpinned = sampleEntry([hubFile('encoder.onnx')]);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const content = contents.get(request.url ?? '');
  response.writeHead(content === undefined ? 404 : 200).end(content);
}

function openStore(
  cacheDir: string,
  endpoint: string,
  options: Partial<ModelStoreOptions> & { entry?: ModelEntry } = {},
) {
  return createModelStore({
    cacheDir,
    hub: { endpoint },
    catalog: [options.entry ?? entry],
    retryDelayMs: 1,
    ...options,
  });
}

async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name));
}

describe('the model store with a hub', () => {
  it('fetches each file once and then answers from the cache', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, hub.url);

    expect(await store.has('sample')).toBe(false);
    const model = await store.pull('sample');
    expect(await readFile(model.file('encoder.onnx'))).toEqual(encoder);
    expect(await readFile(model.file('config.json'))).toEqual(config);
    expect(await store.has('sample')).toBe(true);

    await openStore(cache.path, hub.url).pull('sample');
    expect(hub.requests).toHaveLength(2);
    expect(await filesUnder(cache.path)).toHaveLength(2);
  });

  it('keeps nothing of a file whose content is not the pinned one', async () => {
    await using hub = await serve((_, response) => response.end(sampleBytes('other')));
    await using cache = await makeScratchDir();
    await expect(openStore(cache.path, hub.url).pull('sample')).rejects.toMatchObject({
      code: 'MODEL_CHECKSUM_MISMATCH',
      message: expect.stringContaining(digestOf(encoder).sha256),
    });
    expect(await filesUnder(cache.path)).toEqual([]);
  });

  it('stops reading a body that is longer than the pinned file', async () => {
    await using hub = await serve((_, response) => {
      response.on('error', () => {});
      const endless = (): void => {
        while (!response.destroyed && response.write(encoder)) {}
        response.once('drain', endless);
      };
      endless();
    });
    await using cache = await makeScratchDir();
    const one = sampleEntry([hubFile('encoder.onnx', encoder)]);
    await expect(
      openStore(cache.path, hub.url, { entry: one }).pull('sample'),
    ).rejects.toMatchObject({ code: 'MODEL_CHECKSUM_MISMATCH' });
  });

  it('says which file the hub does not have, and does not ask again', async () => {
    await using hub = await serve((_, response) => response.writeHead(404).end());
    await using cache = await makeScratchDir();
    await expect(openStore(cache.path, hub.url).pull('sample')).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringMatching(/hf:acme\/sample@abc: onnx\/encoder\.onnx: HTTP 404/),
      cause: expect.any(AggregateError),
    });
    expect(hub.requests).toHaveLength(2);
  });

  it('asks again after a server error', async () => {
    let failures = 2;
    await using hub = await serve((request, response) => {
      if (failures-- > 0) {
        response.writeHead(503).end();
      } else {
        answer(request, response);
      }
    });
    await using cache = await makeScratchDir();
    await openStore(cache.path, hub.url).pull('sample');
    expect(hub.requests).toHaveLength(4);
  });

  it.each([
    ['with its length announced', { 'content-length': encoder.length }],
    ['without an announced length', {}],
  ])('asks again where a body ends early, %s', async (_, headers) => {
    let cut = true;
    await using hub = await serve((_, response) => {
      response.writeHead(200, headers);
      if (cut) {
        response.write(encoder.subarray(0, 1000), () =>
          'content-length' in headers ? response.destroy() : response.end(),
        );
      } else {
        response.end(encoder);
      }
      cut = false;
    });
    await using cache = await makeScratchDir();
    const one = sampleEntry([hubFile('encoder.onnx', encoder)]);
    const model = await openStore(cache.path, hub.url, { entry: one }).pull('sample');
    expect(await readFile(model.file('encoder.onnx'))).toEqual(encoder);
    expect(hub.requests).toHaveLength(2);
  });

  it('follows a redirect to another host without giving it the token', async () => {
    const tokens: (string | undefined)[] = [];
    await using cdn = await serve((request, response) => {
      tokens.push(request.headers.authorization);
      answer(request, response);
    });
    await using hub = await serve((request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(302, { location: `${cdn.url}${request.url}` }).end();
    });
    await using cache = await makeScratchDir();
    const one = sampleEntry([hubFile('encoder.onnx', encoder)]);
    await openStore(cache.path, hub.url, {
      entry: one,
      hub: { endpoint: hub.url, token: 'hf_secret' },
    }).pull('sample');
    expect(tokens).toEqual(['Bearer hf_secret', undefined]);
  });

  it('fetches a truncated cached file again, and only that one', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, hub.url);
    const path = (await store.pull('sample')).file('encoder.onnx');
    await truncate(path, 10);

    expect(await store.has('sample')).toBe(false);
    await store.pull('sample');
    expect(await readFile(path)).toEqual(encoder);
    expect(hub.requests.filter((request) => request.endsWith('config.json'))).toHaveLength(1);
  });

  it('finds a corrupt file of the right size by its sha256, and fetches it again', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, hub.url);
    const path = (await store.pull('sample')).file('encoder.onnx');
    await writeFile(path, sampleBytes('bit rot'));

    expect((await store.verify('sample')).map(({ state }) => state)).toEqual(['corrupt', 'ok']);
    await store.pull('sample', { rehash: true });
    expect(await readFile(path)).toEqual(encoder);
    expect((await store.verify('sample')).map(({ state }) => state)).toEqual(['ok', 'ok']);
  });

  it('never mixes the files of a changed entry with older ones', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const before = await openStore(cache.path, hub.url).pull('sample');
    const changed = sampleEntry([hubFile('encoder.onnx', encoder)]);
    const after = await openStore(cache.path, hub.url, { entry: changed }).pull('sample');
    expect(after.dir).not.toBe(before.dir);
    expect(await readdir(after.dir)).toEqual(['encoder.onnx']);
  });

  it('makes a program executable and other files not', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const tool = sampleEntry([
      { ...hubFile('encoder.onnx', encoder), executable: true },
      hubFile('config.json', config),
    ]);
    const model = await openStore(cache.path, hub.url, { entry: tool }).pull('sample');
    expect((await stat(model.file('encoder.onnx'))).mode & 0o777).toBe(0o755);
    expect((await stat(model.file('config.json'))).mode & 0o777).toBe(0o644);
  });

  it('fetches once for all who ask at the same time', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, hub.url);
    await Promise.all(Array.from({ length: 8 }, () => store.pull('sample')));
    expect(hub.requests).toHaveLength(2);
  });

  it('reports the bytes received of each file', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const last = new Map<string, [number, number | undefined]>();
    const store = openStore(cache.path, hub.url, {
      onProgress: ({ file, receivedBytes, totalBytes }) =>
        last.set(file, [receivedBytes, totalBytes]),
    });
    await store.pull('sample');
    expect(last.get('encoder.onnx')).toEqual([encoder.length, encoder.length]);
    expect(last.get('config.json')).toEqual([config.length, config.length]);
  });

  it('refuses an unknown id and an unknown file', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, hub.url);
    await expect(store.pull('nope')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    const model = await store.pull('sample');
    expect(() => model.file('decoder.onnx')).toThrow('no file decoder.onnx');
  });
});

describe('the model store offline', () => {
  it('refuses the network by naming the model and the source, without asking it', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, hub.url, { offline: true });
    await expect(store.pull('sample')).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE_OFFLINE',
      message: expect.stringMatching(/sample.*hf:acme\/sample@abc/),
    });
    expect(hub.requests).toEqual([]);
  });

  it('answers from the cache', async () => {
    await using hub = await serve(answer);
    await using cache = await makeScratchDir();
    await openStore(cache.path, hub.url).pull('sample');
    const model = await openStore(cache.path, hub.url, { offline: true }).pull('sample');
    expect(await readFile(model.file('config.json'))).toEqual(config);
  });
});

describe('the lock of files that the catalog cannot pin', () => {
  it('records what the first pull saw and refuses anything else afterwards', async () => {
    let served = encoder;
    await using hub = await serve((_, response) => response.end(served));
    await using cache = await makeScratchDir();
    const first = await openStore(cache.path, hub.url, { entry: unpinned }).pull('sample');
    const lock = JSON.parse(await readFile(join(cache.path, 'models.lock.json'), 'utf8'));
    expect(Object.values(lock.files)).toEqual([digestOf(encoder)]);

    served = sampleBytes('replaced upstream');
    await truncate(first.file('encoder.onnx'), 0);
    await expect(
      openStore(cache.path, hub.url, { entry: unpinned }).pull('sample'),
    ).rejects.toMatchObject({ code: 'MODEL_CHECKSUM_MISMATCH' });
  });

  it('can be kept outside of the cache and enforced in another one', async () => {
    let served = encoder;
    await using hub = await serve((_, response) => response.end(served));
    await using cache = await makeScratchDir();
    await using other = await makeScratchDir();
    const lockFile = join(cache.path, 'team.lock.json');
    await openStore(cache.path, hub.url, { entry: unpinned, lockFile }).pull('sample');

    served = sampleBytes('replaced upstream');
    await expect(
      openStore(other.path, hub.url, { entry: unpinned, lockFile }).pull('sample'),
    ).rejects.toMatchObject({ code: 'MODEL_CHECKSUM_MISMATCH' });
  });
});
