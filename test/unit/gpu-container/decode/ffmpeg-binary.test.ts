import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  findFfmpeg,
  type MediaToolDeps,
} from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const LINUX = { platform: 'linux', arch: 'x64' } as const;

/** A machine where exactly these paths hold programs that run. */
function machine(running: readonly string[], more: Partial<MediaToolDeps> = {}) {
  const pulled: string[] = [];
  const deps: MediaToolDeps = {
    ...LINUX,
    runs: async (path) => running.includes(path),
    staticFfmpeg: () => '/modules/ffmpeg-static/ffmpeg',
    pullTool: async (id) => {
      pulled.push(id);
      return { file: (name) => `/store/${id}/${name}` };
    },
    ...more,
  };
  return { deps, pulled };
}

const STORE_FFMPEG = '/store/ffmpeg-linux-x64/ffmpeg';
const STORE_FFPROBE = '/store/ffprobe-linux-x64/ffprobe';

/** Folders with an executable script in them for each name. */
async function withPrograms(root: string, programs: Record<string, string>): Promise<void> {
  for (const [path, script] of Object.entries(programs)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}

describe('findFfmpeg', () => {
  it('takes the programs that the environment names before all others', async () => {
    const { deps, pulled } = machine(['/own/ffmpeg', '/own/ffprobe', STORE_FFMPEG]);
    const env = { FFMPEG_PATH: '/own/ffmpeg', FFPROBE_PATH: '/own/ffprobe' };
    expect(await findFfmpeg(env, deps)).toEqual({
      ffmpeg: '/own/ffmpeg',
      ffprobe: '/own/ffprobe',
      source: { ffmpeg: 'environment', ffprobe: 'environment' },
    });
    expect(pulled).toEqual([]);
  });

  it('takes ffmpeg-static next, and ffprobe from the store where none lies beside it', async () => {
    const { deps, pulled } = machine([
      '/modules/ffmpeg-static/ffmpeg',
      STORE_FFMPEG,
      STORE_FFPROBE,
    ]);
    expect((await findFfmpeg({ FFMPEG_PATH: '/gone/ffmpeg' }, deps)).source).toEqual({
      ffmpeg: 'ffmpeg-static',
      ffprobe: 'store',
    });
    expect(pulled).toEqual(['ffprobe-linux-x64']);
  });

  it('passes over ffmpeg-static where its installer never fetched the program', async () => {
    const { deps } = machine([STORE_FFMPEG, STORE_FFPROBE]);
    expect((await findFfmpeg({}, deps)).ffmpeg).toBe(STORE_FFMPEG);
  });

  it('searches PATH in order and counts only a program that runs', async () => {
    await using root = await makeScratchDir();
    await withPrograms(root.path, {
      'first/ffmpeg': 'exit 0',
      'first/ffprobe': 'exit 0',
      'second/ffmpeg': 'exit 0',
    });
    const { pullTool } = machine([]).deps;
    const found = await findFfmpeg(
      {
        PATH: ['', 'empty', 'first', 'second'].map((name) => join(root.path, name)).join(delimiter),
      },
      { ...LINUX, pullTool, staticFfmpeg: () => null },
    );
    expect(found).toEqual({
      ffmpeg: join(root.path, 'first/ffmpeg'),
      ffprobe: join(root.path, 'first/ffprobe'),
      source: { ffmpeg: 'path', ffprobe: 'beside-ffmpeg' },
    });
  });

  it('does not count a program whose -version fails', async () => {
    await using root = await makeScratchDir();
    await withPrograms(root.path, {
      'broken/ffmpeg': 'exit 1',
      'sound/ffmpeg': '[ "$1" = -version ]',
      'sound/ffprobe': '[ "$1" = -version ]',
    });
    const found = await findFfmpeg(
      { FFMPEG_PATH: join(root.path, 'broken/ffmpeg'), PATH: join(root.path, 'sound') },
      { ...LINUX, pullTool: machine([]).deps.pullTool, staticFfmpeg: () => null },
    );
    expect(found.ffmpeg).toBe(join(root.path, 'sound/ffmpeg'));
  });

  it.each([
    ['linux', 'apt-get'],
    ['darwin', 'brew'],
    ['win32', 'winget'],
  ] as const)('says how to install it where %s has none', async (platform, installer) => {
    const { deps } = machine([], { platform });
    await expect(findFfmpeg({}, deps)).rejects.toMatchObject({
      code: 'FFMPEG_NOT_FOUND',
      hint: expect.stringMatching(new RegExp(`${installer}.*FFMPEG_PATH`)),
    });
  });

  it('does not ask the store for a platform that it has no build for', async () => {
    const { deps, pulled } = machine([STORE_FFMPEG], { arch: 'arm64' });
    await expect(findFfmpeg({}, deps)).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
    expect(pulled).toEqual([]);
  });

  it('names the reason of the store where it could not deliver', async () => {
    const offline = new Error('offline');
    const { deps } = machine([], { pullTool: () => Promise.reject(offline) });
    await expect(findFfmpeg({}, deps)).rejects.toMatchObject({
      code: 'FFMPEG_NOT_FOUND',
      cause: offline,
    });
  });
});
