import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join, posix, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readEntryPoint, type WorkerImage } from '../../../local/stack/worker-image.ts';
import { findMediaTools } from '../../environment/media-tools.ts';
import {
  type ContextFilter,
  contextFiles,
  readContextFilter,
} from '../../unit/gpu-container/image/build-context.ts';
import {
  environmentOf,
  parseCopy,
  parseStages,
  type Stage,
  textsOf,
} from '../../unit/gpu-container/image/parse-dockerfile.ts';

const run = promisify(execFile);
const BUILD_STEP_TIMEOUT_MS = 5 * 60 * 1000;

/** The stages that need neither Docker nor NuGet; the second starts from the first. */
const BUILD_STAGES = ['dependencies', 'models'];

/** The image is for linux/amd64: elsewhere, what it leaves out is what this machine needs. */
const IS_IMAGE_PLATFORM = process.platform === 'linux' && process.arch === 'x64';

export type StagedImage = WorkerImage & {
  /** Where the image's `/` is: its /opt/reelscribe is `<root>/opt/reelscribe`. */
  root: string;
};

/** A folder that stands for `/` in some build stages, and what may be copied into it. */
type Filesystem = { root: string; context: string; isIncluded: ContextFilter };

/**
 * Makes in an empty folder what the Dockerfile makes of the repository, without
 * Docker: goes through its own COPY and RUN instructions in their order, with the
 * build context that .dockerignore leaves. Not part of it: the base image, the
 * CUDA libraries, and apt, for whose ffmpeg this machine's stands in.
 *
 * @param dir an empty folder outside the project
 * @param models the build argument MODELS: catalog ids with spaces between
 */
export async function stageImage(dir: string, models: string): Promise<StagedImage> {
  const context = resolve('.');
  const dockerfile = join(context, 'gpu-container', 'Dockerfile');
  const stages = parseStages(readFileSync(dockerfile, 'utf8'));
  const image = stages.at(-1) as Stage;
  const isIncluded = readContextFilter(context);
  const build: Filesystem = { root: join(dir, 'build'), context, isIncluded };
  const final: Filesystem = { root: join(dir, 'image'), context, isIncluded };

  for (const stage of stages.filter(({ name }) => BUILD_STAGES.includes(name ?? ''))) {
    for (const { name, text } of stage.instructions) {
      if (name === 'COPY') {
        copy(text, build, build);
      } else if (name === 'RUN' && (IS_IMAGE_PLATFORM || !text.includes('onnxruntime-node/bin'))) {
        await runBuildStep(text, build.root, { MODELS: models });
      }
    }
  }
  for (const text of textsOf(image, 'COPY')) {
    copy(text, final, build);
  }
  const environment = placedBelow(final.root, environmentOf(image));
  await installMediaTools(environment);
  mkdirSync(environment['SCRATCH_DIR'] ?? '', { recursive: true });
  return {
    root: final.root,
    dir: inWorkingFolder(final.root),
    entryPoint: await readEntryPoint(dockerfile),
    environment,
  };
}

/** A path of the image, relative to WORKDIR or absolute, below a root. */
function inWorkingFolder(root: string, path = '.'): string {
  return join(root, posix.resolve('/app', path));
}

/** One COPY. What comes from an earlier stage is moved: nothing needs it there any more. */
function copy(text: string, to: Filesystem, built: Filesystem): void {
  const { from, sources, target } = parseCopy(text);
  for (const source of sources) {
    if (from !== undefined) {
      if (BUILD_STAGES.includes(from)) {
        const moved = inWorkingFolder(to.root, target);
        mkdirSync(dirname(moved), { recursive: true });
        renameSync(join(built.root, source), moved);
      }
      continue;
    }
    for (const path of contextFiles(to.context, source, to.isIncluded)) {
      const isFileIntoFolder = path === source && target.endsWith('/');
      const name = isFileIntoFolder ? basename(source) : relative(source, path);
      cpSync(join(to.context, path), join(inWorkingFolder(to.root, target), name));
    }
  }
}

/** One RUN, by the shell as Docker does it, with the image's own absolute paths below `root`. */
async function runBuildStep(text: string, root: string, args: NodeJS.ProcessEnv): Promise<void> {
  const command = text
    .replace(/--mount=\S+ /g, '')
    .replaceAll(/(?<![\w.])\/opt\//g, `${root}/opt/`);
  await run('/bin/sh', ['-c', command], {
    cwd: inWorkingFolder(root),
    timeout: BUILD_STEP_TIMEOUT_MS,
    env: {
      ...withoutNpmScriptSettings(process.env),
      ...args,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      npm_config_prefer_offline: 'true',
    },
  });
}

/** Under `npm test`, npm's own settings of this project would reach the npm of the staged one. */
function withoutNpmScriptSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_/.test(name) || name === 'npm_config_registry',
  );
  return Object.fromEntries(kept);
}

/** The image's ENV, with its absolute paths below `root`. */
function placedBelow(
  root: string,
  environment: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    [...environment].map(([name, value]) => [
      name,
      value.startsWith('/') ? join(root, value) : value,
    ]),
  );
}

/** Puts this machine's ffmpeg where the image has that of apt. */
async function installMediaTools(environment: Readonly<Record<string, string>>): Promise<void> {
  const tools = await findMediaTools();
  for (const [path = '', tool] of [
    [environment['FFMPEG_PATH'], tools.ffmpeg],
    [environment['FFPROBE_PATH'], tools.ffprobe],
  ] as const) {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(resolve(tool), path);
  }
}

/** Runs Node in the staged image, with its environment and no other. */
export async function runStaged(
  { dir, environment }: StagedImage,
  args: readonly string[],
): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: dir, env: environment });
  return stdout;
}
