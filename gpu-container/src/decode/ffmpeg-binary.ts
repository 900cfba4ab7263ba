import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { ReelscribeError } from '#contracts/errors.ts';
import { runProcess } from './run-process.ts';

const VERSION_TIMEOUT_MS = 15_000;

/** Where a program was found. */
type ToolSource = 'environment' | 'ffmpeg-static' | 'beside-ffmpeg' | 'path' | 'store';

export type MediaTools = {
  /** Absolute path, unless the environment gave a relative one. */
  ffmpeg: string;
  ffprobe: string;
  source: { ffmpeg: ToolSource; ffprobe: ToolSource };
};

export type MediaToolDeps = {
  /** Fetches a program by its id in the model catalog; `ModelStore.pull` does. */
  pullTool: (id: string) => Promise<{ file(name: string): string }>;
  /** Path that the optional package ffmpeg-static names, which its installer may not have filled. */
  staticFfmpeg?: () => string | null;
  runs?: (path: string) => Promise<boolean>;
  platform?: NodeJS.Platform;
  arch?: NodeJS.Architecture;
};

type Candidate = { source: ToolSource; locate: () => string | null | Promise<string | null> };

const INSTALL_HINTS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'Install it (`apt-get install ffmpeg`, `dnf install ffmpeg`)',
  darwin: 'Install it (`brew install ffmpeg`)',
  win32: 'Install it (`winget install ffmpeg`)',
};

/**
 * Finds ffmpeg and ffprobe. In this order: FFMPEG_PATH, the package ffmpeg-static,
 * PATH, the model store's build; and for ffprobe FFPROBE_PATH, beside the chosen
 * ffmpeg, PATH, the store's build. A candidate counts only if it runs here.
 *
 * @throws {ReelscribeError} FFMPEG_NOT_FOUND, with a hint for this platform.
 */
export async function findFfmpeg(env: NodeJS.ProcessEnv, deps: MediaToolDeps): Promise<MediaTools> {
  const ffmpeg = await firstThatRuns('ffmpeg', deps, [
    { source: 'environment', locate: () => env['FFMPEG_PATH'] || null },
    { source: 'ffmpeg-static', locate: deps.staticFfmpeg ?? staticFfmpeg },
    { source: 'path', locate: () => onPath('ffmpeg', env, deps) },
    { source: 'store', locate: () => fromStore('ffmpeg', deps) },
  ]);
  const ffprobe = await firstThatRuns('ffprobe', deps, [
    { source: 'environment', locate: () => env['FFPROBE_PATH'] || null },
    { source: 'beside-ffmpeg', locate: () => inFolder(dirname(ffmpeg.path), 'ffprobe', deps) },
    { source: 'path', locate: () => onPath('ffprobe', env, deps) },
    { source: 'store', locate: () => fromStore('ffprobe', deps) },
  ]);
  return {
    ffmpeg: ffmpeg.path,
    ffprobe: ffprobe.path,
    source: { ffmpeg: ffmpeg.source, ffprobe: ffprobe.source },
  };
}

async function firstThatRuns(
  program: string,
  deps: MediaToolDeps,
  candidates: readonly Candidate[],
): Promise<{ path: string; source: ToolSource }> {
  const runs = deps.runs ?? answersVersion;
  let cause: unknown;
  for (const { source, locate } of candidates) {
    try {
      const path = await locate();
      if (path !== null && (await runs(path))) {
        return { path, source };
      }
    } catch (error) {
      cause = error;
    }
  }
  const install = INSTALL_HINTS[deps.platform ?? process.platform] ?? 'Install ffmpeg';
  throw new ReelscribeError(
    'FFMPEG_NOT_FOUND',
    `no ${program} that runs on this machine was found`,
    {
      cause,
      hint: `${install}, or set FFMPEG_PATH and FFPROBE_PATH.`,
    },
  );
}

async function answersVersion(path: string): Promise<boolean> {
  try {
    await runProcess(path, ['-version'], { timeoutMs: VERSION_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

function staticFfmpeg(): string | null {
  try {
    return createRequire(import.meta.url)('ffmpeg-static') as string | null;
  } catch {
    return null;
  }
}

function onPath(program: string, env: NodeJS.ProcessEnv, deps: MediaToolDeps): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = inFolder(folder, program, deps);
    if (path !== null) {
      return path;
    }
  }
  return null;
}

function inFolder(folder: string, program: string, deps: MediaToolDeps): string | null {
  const isWindows = (deps.platform ?? process.platform) === 'win32';
  const path = join(folder, isWindows ? `${program}.exe` : program);
  return existsSync(path) ? path : null;
}

/** The store has builds for Linux on x64 only. */
async function fromStore(program: string, deps: MediaToolDeps): Promise<string | null> {
  const target = `${deps.platform ?? process.platform}-${deps.arch ?? process.arch}`;
  if (target !== 'linux-x64') {
    return null;
  }
  const files = await deps.pullTool(`${program}-${target}`);
  return files.file(program);
}
