import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { findModel } from '../../../gpu-container/src/models/catalog.ts';
import { hubUrl } from '../../../gpu-container/src/models/sources/hf.ts';
import { modelStoreFromEnvironment } from '../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../environment/scratch-dir.ts';
import { serve } from '../../unit/gpu-container/models/recording-server.ts';
import { sampleBytes } from '../../unit/gpu-container/models/sample-model.ts';

const ID = 'whisper-large-v3-turbo-fp16';
const PROCESSES = 4;
const CHUNKS = 8;

async function pullInProcess(env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, ['gpu-container/src/models/cli.ts', 'pull', ID], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const [exitCode] = await once(child, 'exit');
  return exitCode as number;
}

describe('several processes that pull the same model at once', () => {
  it('all succeed, leave one good copy, and never show a part of a file', async () => {
    const bodyOf = (path: string): Buffer => sampleBytes(path, 64 * 1024);
    await using hub = await serve(async (request, response) => {
      const body = bodyOf(request.url ?? '');
      for (let chunk = 0; chunk < CHUNKS; chunk++) {
        const start = (chunk * body.length) / CHUNKS;
        response.write(body.subarray(start, start + body.length / CHUNKS));
        await setTimeout(5);
      }
      response.end();
    });
    await using cache = await makeScratchDir();
    const env = { MODELS_DIR: cache.path, HF_ENDPOINT: hub.url };

    const store = modelStoreFromEnvironment(env);
    const paths = (await store.verify(ID)).map(({ path }) => path);
    const seenSizes = new Set<number>();
    let running = true;
    const watcher = (async () => {
      while (running) {
        for (const path of paths) {
          const size = await stat(path).then(
            (stats) => stats.size,
            () => undefined,
          );
          if (size !== undefined) {
            seenSizes.add(size);
          }
        }
        await setTimeout(1);
      }
    })();
    const exitCodes = await Promise.all(
      Array.from({ length: PROCESSES }, () => pullInProcess(env)),
    );
    running = false;
    await watcher;

    expect(exitCodes).toEqual(Array(PROCESSES).fill(0));
    expect([...seenSizes]).toEqual([64 * 1024]);
    const model = await store.pull(ID);
    for (const { name, sources } of findModel(ID).files) {
      const source = sources[0];
      expect(source?.kind).toBe('hf');
      const path = source?.kind === 'hf' ? hubUrl(source).pathname : '';
      expect(await readFile(model.file(name))).toEqual(bodyOf(path));
    }
    expect(await readdir(model.dir)).toHaveLength(findModel(ID).files.length);
    expect(await readdir(`${cache.path}/.partial`)).toEqual([]);
  });
});
