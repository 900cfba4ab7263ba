import { execFile } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { contextFiles, readContextFilter } from '../../unit/gpu-container/image/build-context.ts';
import {
  copiesOf,
  environmentOf,
  parseStages,
  type Stage,
  textsOf,
} from '../../unit/gpu-container/image/parse-dockerfile.ts';

const run = promisify(execFile);
const NPM_CI_TIMEOUT_MS = 5 * 60 * 1000;

export type StagedImage = {
  /** What the image has at /app: the copied files and the installed packages. */
  dir: string;
  /** What Node is started with, relative to `dir`. */
  entryPoint: string;
  /** The image's environment; its paths are the image's own, so a caller replaces them. */
  environment: Map<string, string>;
};

/**
 * Makes in an empty folder what the Dockerfile makes at /app, without Docker:
 * copies exactly its COPY set as .dockerignore lets it through, and runs its
 * `npm ci`. CUDA libraries, models and apt packages are not part of it.
 */
export async function stageImage(
  dir: string,
  context: string = resolve('.'),
): Promise<StagedImage> {
  const stages = parseStages(readFileSync(join(context, 'gpu-container/Dockerfile'), 'utf8'));
  const isIncluded = readContextFilter(context);
  for (const { from, sources } of stages.flatMap(copiesOf)) {
    if (from !== undefined) {
      continue;
    }
    for (const path of sources.flatMap((source) => contextFiles(context, source, isIncluded))) {
      cpSync(join(context, path), join(dir, path), { recursive: true });
    }
  }

  const image = stages.at(-1) as Stage;
  const dependencies = stages.find(({ name }) => name === 'dependencies') as Stage;
  const npmCi = /npm (ci( --[\w=-]+)+)/.exec(textsOf(dependencies, 'RUN').join('\n'))?.[1];
  if (npmCi === undefined) {
    throw new Error('the Dockerfile runs no npm ci');
  }
  await run('npm', [...npmCi.split(' '), '--prefer-offline'], {
    cwd: dir,
    timeout: NPM_CI_TIMEOUT_MS,
    env: withoutNpmScriptSettings(process.env),
  });

  const [node, entryPoint, ...others] = JSON.parse(textsOf(image, 'ENTRYPOINT')[0] ?? '[]');
  if (node !== '/usr/local/bin/node' || others.length > 0) {
    throw new Error('the entry point is not Node with one file');
  }
  return { dir, entryPoint, environment: environmentOf(image) };
}

/** Under `npm test`, npm's own settings of this project would reach the npm of the staged one. */
function withoutNpmScriptSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_/.test(name) || name === 'npm_config_registry',
  );
  return Object.fromEntries(kept);
}

/** Runs one of the image's files by Node in the staged folder. */
export async function runStaged(
  { dir }: StagedImage,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ stdout: string; stderr: string }> {
  return await run(process.execPath, [...args], {
    cwd: dir,
    env: { PATH: dirname(process.execPath), ...env },
  });
}
