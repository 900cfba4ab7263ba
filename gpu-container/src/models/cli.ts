import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ReelscribeError } from '#contracts/errors.ts';
import { CATALOG, findModel } from './catalog.ts';
import type { DownloadProgress } from './download.ts';
import type { ModelEntry } from './model-entry.ts';
import { prepareWhisper, type WeightPrecision } from './prepare/prepare-whisper.ts';
import { type ModelStore, modelStoreFromEnvironment } from './store.ts';

const USAGE = `Usage: npm run models -- <command>
  list              the catalog, and what of it is in the cache
  pull <id…>        fetch models into the cache; cached files are verified again
  verify [<id…>]    compare the sha256 of cached files (of all cached models by default)
  prepare <id> [--precision fp32|fp16] [--out DIR]
                    write the weights of a Whisper's export as model.safetensors (fp16 by
                    default), beside the export unless told where
The cache is MODELS_DIR; docs/models.md tells of the other settings.
`;

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** A place for lines of text: a terminal, or a file. */
export type TextOutput = { isTTY?: boolean; write(text: string): unknown };

export type Cli = {
  store: (onProgress: (progress: DownloadProgress) => void) => ModelStore;
  stdout: TextOutput;
  stderr: TextOutput;
};

type Command =
  | { readonly command: 'list' }
  | { readonly command: 'pull' | 'verify'; readonly ids: readonly string[] }
  | {
      readonly command: 'prepare';
      readonly id: string;
      readonly outDir: string | undefined;
      readonly precision: WeightPrecision;
    };

/** Runs one command and returns its exit code: 0 done, 1 failed, 2 not understood. */
export async function runModelsCli(args: readonly string[], cli: Cli): Promise<number> {
  const parsed = parse(args);
  if (parsed === undefined) {
    cli.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const progress = progressLine(cli.stderr);
  const store = cli.store(progress.show);
  try {
    switch (parsed.command) {
      case 'list':
        cli.stdout.write(await table(store));
        return EXIT_OK;
      case 'pull':
        for (const id of parsed.ids) {
          const { dir } = await store.pull(id, { rehash: true });
          progress.clear();
          cli.stdout.write(`${id}\t${dir}\n`);
        }
        return EXIT_OK;
      case 'prepare': {
        const outDir = await prepare(store, parsed);
        progress.clear();
        cli.stdout.write(`${parsed.id}\t${outDir}\n`);
        return EXIT_OK;
      }
      case 'verify':
        return await verify(store, parsed.ids, cli.stdout);
    }
  } catch (error) {
    progress.clear();
    if (!(error instanceof ReelscribeError)) {
      throw error;
    }
    cli.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`);
    return EXIT_FAILED;
  }
}

/** Undefined where the arguments are no command. */
function parse(args: readonly string[]): Command | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, precision: { type: 'string' } },
    });
    const [command, ...ids] = positionals;
    if (command === 'prepare') {
      const { out, precision = 'fp16' } = values;
      const [id, ...others] = ids;
      const understood = id && others.length === 0;
      return understood && isPrecision(precision)
        ? { command, id, outDir: out && resolve(out), precision }
        : undefined;
    }
    if (Object.keys(values).length > 0) {
      return undefined;
    }
    if (command === 'list' && ids.length === 0) {
      return { command };
    }
    return command === 'verify' || (command === 'pull' && ids.length > 0)
      ? { command, ids }
      : undefined;
  } catch {
    return undefined;
  }
}

function isPrecision(text: string): text is WeightPrecision {
  return text === 'fp32' || text === 'fp16';
}

/**
 * @returns the folder with the weights
 * @throws ReelscribeError NOT_AVAILABLE for a model whose weights cannot be had so
 */
async function prepare(
  store: ModelStore,
  { id, outDir: asked, precision }: Extract<Command, { command: 'prepare' }>,
): Promise<string> {
  const { files: contents, ...entry } = findModel(id);
  const isExport = contents.some(({ name }) => name === 'encoder.onnx');
  if (entry.task !== 'transcription' || entry.family !== 'whisper' || !isExport) {
    throw new ReelscribeError('NOT_AVAILABLE', `"${id}" is not an ONNX export of a Whisper`, {
      hint: 'Nothing else needs to be prepared; `npm run models -- list` names the models.',
    });
  }
  const files = await store.pull(id);
  const outDir = asked ?? files.dir;
  try {
    await prepareWhisper({
      encoderPath: files.file('encoder.onnx'),
      decoderPath: files.file('decoder.onnx'),
      configPath: files.file('config.json'),
      outDir,
      precision,
    });
    return outDir;
  } catch (cause) {
    if (!(cause instanceof RangeError)) {
      throw cause;
    }
    throw new ReelscribeError('NOT_AVAILABLE', `${id}: ${cause.message}`, {
      cause,
      hint: 'Prepare the fp32, fp16 or q8 export of the model.',
    });
  }
}

async function verify(
  store: ModelStore,
  ids: readonly string[],
  stdout: TextOutput,
): Promise<number> {
  let allOk = true;
  for (const id of ids.length > 0 ? ids : CATALOG.map((entry) => entry.id)) {
    const files = await store.verify(id);
    if (ids.length === 0 && files.every(({ state }) => state === 'missing')) {
      continue;
    }
    for (const { name, state } of files) {
      stdout.write(`${state}\t${id}/${name}\n`);
      allOk &&= state === 'ok';
    }
  }
  return allOk ? EXIT_OK : EXIT_FAILED;
}

async function table(store: ModelStore): Promise<string> {
  const rows = [['id', 'task', 'precision', 'licence', 'size', 'verified', 'cached']];
  for (const entry of CATALOG) {
    rows.push([
      entry.id,
      entry.task,
      entry.precision ?? '-',
      entry.licence,
      sizeOf(entry),
      entry.verified ? 'yes' : 'no',
      (await store.has(entry.id)) ? 'yes' : 'no',
    ]);
  }
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function sizeOf(entry: ModelEntry): string {
  const pins = entry.files.map(({ pin }) => pin);
  return pins.every((pin) => pin !== undefined)
    ? megabytes(pins.reduce((sum, { bytes }) => sum + bytes, 0))
    : 'unknown';
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const REDRAW_MS = 100;

/** One line that is redrawn on a terminal; elsewhere one line for each file. */
function progressLine(output: TextOutput): {
  show: (progress: DownloadProgress) => void;
  clear: () => void;
} {
  const announced = new Set<string>();
  let drawnAt = 0;
  return {
    show: ({ id, file, source, receivedBytes, totalBytes }) => {
      if (output.isTTY !== true) {
        if (!announced.has(`${id}/${file}`)) {
          announced.add(`${id}/${file}`);
          output.write(`${id}: ${file} from ${source}\n`);
        }
        return;
      }
      const now = performance.now();
      if (now - drawnAt >= REDRAW_MS) {
        drawnAt = now;
        const total = totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`;
        output.write(`\r\x1b[K${id}: ${file} ${megabytes(receivedBytes)}${total}`);
      }
    },
    clear: () => {
      if (drawnAt > 0) {
        drawnAt = 0;
        output.write('\r\x1b[K');
      }
    },
  };
}

if (import.meta.main) {
  process.exitCode = await runModelsCli(process.argv.slice(2), {
    store: (onProgress) => modelStoreFromEnvironment(process.env, { onProgress }),
    stdout: process.stdout,
    stderr: process.stderr,
  });
}
