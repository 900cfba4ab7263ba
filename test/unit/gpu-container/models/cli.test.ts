import { cp, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CATALOG } from '../../../../gpu-container/src/models/catalog.ts';
import { runModelsCli } from '../../../../gpu-container/src/models/cli.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { readSafetensorsHeader } from '../../../../gpu-container/src/onnx/graph/safetensors.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { serve } from './recording-server.ts';
import { sampleBytes } from './sample-model.ts';

const ID = 'whisper-large-v3-turbo-fp16';

async function run(args: string[], env: NodeJS.ProcessEnv, isTTY = false) {
  const written = { stdout: '', stderr: '' };
  const exitCode = await runModelsCli(args, {
    store: (onProgress) => modelStoreFromEnvironment(env, { onProgress }),
    stdout: {
      write: (text) => {
        written.stdout += text;
      },
    },
    stderr: {
      isTTY,
      write: (text) => {
        written.stderr += text;
      },
    },
  });
  return { exitCode, ...written };
}

describe('npm run models', () => {
  it('lists the whole catalog with licence and state', async () => {
    await using cache = await makeScratchDir();
    const { exitCode, stdout } = await run(['list'], { MODELS_DIR: cache.path });
    expect(exitCode).toBe(0);
    const rows = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(CATALOG.length + 1);
    expect(rows.find((row) => row.startsWith('silero-vad '))).toMatch(/MIT +2\.3 MB +yes +no$/);
    expect(rows.find((row) => row.startsWith(ID))).toMatch(/unknown +no +no$/);
  });

  it('pulls, prints the folder on stdout and the progress on stderr', async () => {
    await using hub = await serve((request, response) => response.end(request.url));
    await using cache = await makeScratchDir();
    const { exitCode, stdout, stderr } = await run(['pull', ID], {
      MODELS_DIR: cache.path,
      HF_ENDPOINT: hub.url,
    });
    expect(exitCode).toBe(0);
    expect(stdout.startsWith(`${ID}\t${cache.path}/${ID}/`)).toBe(true);
    expect(stderr).toContain('model.safetensors from hf:openai/');
    expect(stderr).not.toContain('\r');
  });

  it('redraws one line on a terminal and leaves it empty', async () => {
    await using hub = await serve((request, response) => response.end(request.url));
    await using cache = await makeScratchDir();
    const { stderr } = await run(
      ['pull', ID],
      { MODELS_DIR: cache.path, HF_ENDPOINT: hub.url },
      true,
    );
    expect(stderr).toContain('\r');
    expect(stderr).not.toContain('\n');
    expect(stderr.endsWith('\r\x1b[K')).toBe(true);
  });

  it('fails verification of a corrupt file and repairs it with pull', async () => {
    await using hub = await serve((request, response) => response.end(request.url));
    await using cache = await makeScratchDir();
    const env = { MODELS_DIR: cache.path, HF_ENDPOINT: hub.url };
    await run(['pull', ID], env);
    expect(await run(['verify'], env)).toMatchObject({ exitCode: 0 });

    const files = await modelStoreFromEnvironment(env).verify(ID);
    const config = files.find(({ name }) => name === 'config.json');
    await writeFile(config?.path ?? '', sampleBytes('bit rot'));
    const corrupt = await run(['verify'], env);
    expect(corrupt.exitCode).toBe(1);
    expect(corrupt.stdout).toContain(`corrupt\t${ID}/config.json`);

    await run(['pull', ID], env);
    expect(await run(['verify', ID], env)).toMatchObject({ exitCode: 0 });
  });

  it('prints code, message and hint of a failure, and exits with 1', async () => {
    await using cache = await makeScratchDir();
    const { exitCode, stderr } = await run(['pull', 'nope'], { MODELS_DIR: cache.path });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^MODEL_NOT_FOUND: there is no model "nope"/);
  });

  it('prepares the weights of a Whisper in the precision asked for, and prints the folder', async () => {
    await using scratch = await makeScratchDir();
    const outDir = join(scratch.path, 'weights');
    const args = ['prepare', 'whisper-tiny', '--precision', 'fp16', '--out', outDir];
    const { exitCode, stdout } = await run(args, process.env);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`whisper-tiny\t${outDir}\n`);
    expect(await readdir(outDir)).toContain('tokenizer.json');
    const header = await readSafetensorsHeader(join(outDir, 'model.safetensors'));
    expect(header.get('model.encoder.conv1.weight')).toMatchObject({ dtype: 'F16' });
  });

  it('prepares weights beside the export where it is not told where, and the export holds', async () => {
    await using cache = await makeScratchDir();
    const { dir } = await modelStoreFromEnvironment().pull('whisper-tiny');
    const here = join(cache.path, 'whisper-tiny', basename(dir));
    await cp(dir, here, { recursive: true });
    const env = { MODELS_DIR: cache.path, REELSCRIBE_OFFLINE: '1' };
    const { exitCode, stdout } = await run(['prepare', 'whisper-tiny'], env);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `whisper-tiny\t${here}\n` });
    const header = await readSafetensorsHeader(join(here, 'model.safetensors'));
    expect(header.get('model.encoder.conv1.weight')).toMatchObject({ dtype: 'F16' });
    expect((await run(['verify', 'whisper-tiny'], env)).exitCode).toBe(0);
  });

  it.each(['moonshine-tiny', ID])(
    'refuses to prepare %s, which is no ONNX export of a Whisper, before fetching it',
    async (id) => {
      await using scratch = await makeScratchDir();
      const args = ['prepare', id, '--out', join(scratch.path, 'weights')];
      const { exitCode, stderr } = await run(args, { MODELS_DIR: scratch.path });
      expect(exitCode).toBe(1);
      expect(stderr.startsWith(`NOT_AVAILABLE: "${id}" is not an ONNX export of a Whisper`)).toBe(
        true,
      );
      expect(await readdir(scratch.path)).toEqual([]);
    },
  );

  it.each([
    [['prepare']],
    [['prepare', '--out', 'dir']],
    [['prepare', 'whisper-tiny', 'whisper-base', '--out', 'dir']],
    [['prepare', 'whisper-tiny', '--out', 'dir', '--precision', 'q8']],
    [['pull', 'whisper-tiny', '--out', 'dir']],
  ])('explains itself where it does not understand %j to be prepared', async (args) => {
    const { exitCode, stderr } = await run(args, {});
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^Usage: npm run models/);
  });

  it.each([[[]], [['pull']], [['list', 'x']], [['fetch', 'silero-vad']], [['list', '--all']]])(
    'explains itself where it does not understand %j, and exits with 2',
    async (args) => {
      const { exitCode, stderr, stdout } = await run(args, {});
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^Usage: npm run models/);
      expect(stdout).toBe('');
    },
  );
});
