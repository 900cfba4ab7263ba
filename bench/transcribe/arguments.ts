import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../command/run-bench.ts';

export const MODELS = ['tiny', 'base', 'small'] as const;
export type BenchModel = (typeof MODELS)[number];

export type BenchArguments = {
  /** Folder with a manifest.json and the recordings it lists. */
  data: string;
  model: BenchModel;
  threads: number;
  vad: boolean;
  /** Lengths of the inputs that speed is measured on. */
  minutes: number[];
  /** Names of the only files to use; all, if empty. */
  files: string[];
  skipPeer: boolean;
  /** Hands the peer the session option that ours runs with; its users don't get it by default. */
  tunedPeer: boolean;
};

export const USAGE = `Usage: npm run bench:transcribe -- [options]

  --data DIR       folder with a manifest.json (default: $REELSCRIBE_SHARED/audio or ../shared/audio)
  --model NAME     ${MODELS.join(', ')} (default: tiny)
  --threads N      threads, and processor cores, of each side (default: 2)
  --no-vad         ours without voice activity detection
  --minutes LIST   lengths of the inputs for speed, made from the clips (default: 1,20; 0 for none)
  --files LIST     only these files of the folder
  --skip-peer      ours alone
  --tuned-peer     transformers.js with the session option that ours uses`;

/** @throws UsageError */
export function parseBenchArguments(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): BenchArguments {
  const { values } = parse(args);
  return {
    data: dataFolder(values.data, env),
    model: modelName(values.model),
    threads: positiveInteger('--threads', values.threads),
    vad: values.vad,
    minutes: values.minutes
      .split(',')
      .map((text) => nonNegative('--minutes', text))
      .filter((minutes) => minutes > 0),
    files: values.files.split(',').filter((name) => name !== ''),
    skipPeer: values['skip-peer'],
    tunedPeer: values['tuned-peer'],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        data: { type: 'string' },
        model: { type: 'string', default: 'tiny' },
        threads: { type: 'string', default: '2' },
        vad: { type: 'boolean', default: true },
        minutes: { type: 'string', default: '1,20' },
        files: { type: 'string', default: '' },
        'skip-peer': { type: 'boolean', default: false },
        'tuned-peer': { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

/**
 * The folder asked for, or else the reference recordings beside the project.
 *
 * @throws UsageError where it has no manifest
 */
export function dataFolder(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const folder = resolve(given ?? join(env['REELSCRIBE_SHARED'] || '../shared', 'audio'));
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new UsageError(`there is no manifest.json in ${folder}; name a folder with --data`);
  }
  return folder;
}

/** @throws UsageError for a model that the benches do not run */
export function modelName(text: string): BenchModel {
  const model = MODELS.find((name) => name === text);
  if (model === undefined) {
    throw new UsageError(`--model is one of ${MODELS.join(', ')}`);
  }
  return model;
}

/** @throws UsageError for anything but a whole number from 1 on */
export function positiveInteger(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`${option} takes a whole number from 1 on`);
  }
  return value;
}

function nonNegative(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new UsageError(`${option} takes numbers of minutes, separated by commas`);
  }
  return value;
}
