import { parseArgs } from 'node:util';
import { DIARIZATION_BACKENDS, type DiarizationBackend } from '#contracts/models.ts';
import { UsageError } from '../command/run-bench.ts';
import { dataFolder, positiveInteger } from '../transcribe/arguments.ts';

export type DiarizeArguments = {
  /** Folder with a manifest.json and the recordings it lists. */
  data: string;
  backend: DiarizationBackend;
  threads: number;
  /** Mixtures of each number of speakers. */
  mixtures: number;
  seed: number;
  /** Names of the only files to use; all, if empty. */
  files: string[];
  /** Length of the long input; none, if 0. */
  longHours: number;
  /** Folder to leave the turns found in, as RTTM. */
  rttm: string | undefined;
};

const BACKENDS = Object.keys(DIARIZATION_BACKENDS) as DiarizationBackend[];

export const USAGE = `Usage: npm run bench:diarize -- [options]

  --data DIR       folder with a manifest.json (default: $REELSCRIBE_SHARED/audio or ../shared/audio)
  --backend NAME   ${BACKENDS.join(', ')} (default: auto)
  --threads N      threads of the models (default: 2)
  --mixtures N     conversations made for each number of speakers, 2 to 8 (default: 2; 0 for none)
  --seed N         which conversations are made (default: 1)
  --files LIST     only these files of the folder
  --long-hours H   also a conversation of 6 speakers that goes on for so long (default: 0 for none)
  --rttm DIR       leave the turns found, and those of made conversations, in this folder`;

/** @throws UsageError */
export function parseDiarizeArguments(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): DiarizeArguments {
  const { values } = parse(args);
  return {
    data: dataFolder(values.data, env),
    backend: backendName(values.backend),
    threads: positiveInteger('--threads', values.threads),
    mixtures: wholeNumber('--mixtures', values.mixtures),
    seed: wholeNumber('--seed', values.seed),
    files: values.files.split(',').filter((name) => name !== ''),
    longHours: hours('--long-hours', values['long-hours']),
    rttm: values.rttm,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        backend: { type: 'string', default: 'auto' },
        threads: { type: 'string', default: '2' },
        mixtures: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
        files: { type: 'string', default: '' },
        'long-hours': { type: 'string', default: '0' },
        rttm: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function backendName(text: string): DiarizationBackend {
  const backend = BACKENDS.find((name) => name === text);
  if (backend === undefined) {
    throw new UsageError(`--backend is one of ${BACKENDS.join(', ')}`);
  }
  return backend;
}

function wholeNumber(option: string, text: string): number {
  return text === '0' ? 0 : positiveInteger(option, text);
}

/** A day is the longest media that the decoder takes. */
const MAX_HOURS = 24;

function hours(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= MAX_HOURS)) {
    throw new UsageError(`${option} takes a number of hours up to ${MAX_HOURS}`);
  }
  return value;
}
