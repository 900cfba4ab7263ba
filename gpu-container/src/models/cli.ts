import { parseArgs } from 'node:util';
import { ReelscribeError } from '#contracts/errors.ts';
import { CATALOG } from './catalog.ts';
import type { DownloadProgress } from './download.ts';
import type { ModelEntry } from './model-entry.ts';
import { type ModelStore, modelStoreFromEnvironment } from './store.ts';

const USAGE = `Usage: npm run models -- <command>
  list              the catalog, and what of it is in the cache
  pull <id…>        fetch models into the cache; cached files are verified again
  verify [<id…>]    compare the sha256 of cached files (of all cached models by default)
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

/** Runs one command and returns its exit code: 0 done, 1 failed, 2 not understood. */
export async function runModelsCli(args: readonly string[], cli: Cli): Promise<number> {
  const parsed = parse(args);
  if (parsed === undefined) {
    cli.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const { command, ids } = parsed;
  const progress = progressLine(cli.stderr);
  const store = cli.store(progress.show);
  try {
    if (command === 'list') {
      cli.stdout.write(await table(store));
      return EXIT_OK;
    }
    if (command === 'pull') {
      for (const id of ids) {
        const { dir } = await store.pull(id, { rehash: true });
        progress.clear();
        cli.stdout.write(`${id}\t${dir}\n`);
      }
      return EXIT_OK;
    }
    return await verify(store, ids, cli.stdout);
  } catch (error) {
    progress.clear();
    if (!(error instanceof ReelscribeError)) {
      throw error;
    }
    cli.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`);
    return EXIT_FAILED;
  }
}

function parse(args: readonly string[]): { command: string; ids: string[] } | undefined {
  try {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
    const [command = '', ...ids] = positionals;
    const understood =
      command === 'verify' ||
      (command === 'list' && ids.length === 0) ||
      (command === 'pull' && ids.length > 0);
    return understood ? { command, ids } : undefined;
  } catch {
    return undefined;
  }
}

async function verify(store: ModelStore, ids: string[], stdout: TextOutput): Promise<number> {
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
