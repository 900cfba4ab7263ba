import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { ReelscribeError } from '#contracts/errors.ts';
import { type Fetchers, isLocal, type Location, requestKey, sourceName } from './locations.ts';
import type { Digest } from './model-entry.ts';
import { type FetchFiles, isTransient, type Wanted } from './sources/source.ts';
import { ChecksumMismatch, stageFile } from './staging.ts';

/** One file that the cache lacks. */
export type MissingFile = {
  name: string;
  /** Absent where nothing is known of the file yet. */
  expected: Digest | undefined;
  locations: readonly Location[];
};

export type DownloadProgress = {
  /** Catalog id of the model. */
  id: string;
  file: string;
  source: string;
  receivedBytes: number;
  /** Absent where the catalog does not know it. */
  totalBytes: number | undefined;
};

/** Takes a verified file from its temporary path; rejects where it must not be kept. */
export type KeepFile = (name: string, temporaryPath: string, digest: Digest) => Promise<void>;

export type DownloadOptions = {
  fetchers: Fetchers;
  offline: boolean;
  /** A folder of the same filesystem as the files' final place. */
  temporaryRoot: string;
  retryDelayMs: number;
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
};

const RETRIES = 2;
const STALE_TEMPORARY_MS = 24 * 60 * 60 * 1000;

/**
 * Fetches files from the first of their locations that has them, whole and with
 * the expected sha256, and hands each to `keep`.
 *
 * @throws ReelscribeError `MODEL_UNAVAILABLE_OFFLINE`, `MODEL_CHECKSUM_MISMATCH`
 *   or `MODEL_DOWNLOAD_FAILED`, whose message tells why each location failed
 */
export async function download(
  id: string,
  missing: readonly MissingFile[],
  keep: KeepFile,
  options: DownloadOptions,
): Promise<void> {
  const temporaryDir = await makeTemporaryDir(options.temporaryRoot, id);
  const failures: Failure[] = [];
  const refused = new Set<string>();
  let remaining = missing;
  try {
    for (let rank = 0; remaining.some(({ locations }) => rank < locations.length); rank++) {
      const kept = new Set<string>();
      for (const group of requestsAt(rank, remaining)) {
        const source = sourceName(group[0].location);
        if (options.offline && !isLocal(group[0].location)) {
          refused.add(source);
          continue;
        }
        try {
          await fetchTogether(id, group, temporaryDir, keep, options);
          group.forEach(({ name }) => {
            kept.add(name);
          });
        } catch (error) {
          failures.push({ source, error: error as Error });
        }
      }
      remaining = remaining.filter(({ name }) => !kept.has(name));
    }
  } finally {
    await rm(temporaryDir, { recursive: true, force: true });
  }
  if (remaining.length > 0) {
    throw failureOf(id, remaining, failures, [...refused]);
  }
}

type Failure = { source: string; error: Error };
type RequestedFile = Wanted<Location> & { expected: Digest | undefined };
type Request = readonly [RequestedFile, ...RequestedFile[]];

/** The requests that ask each file's location of one rank. */
function requestsAt(rank: number, files: readonly MissingFile[]): Request[] {
  const candidates = files.flatMap(({ name, expected, locations }) => {
    const location = locations[rank];
    return location === undefined ? [] : [{ name, expected, location }];
  });
  const groups = Map.groupBy(candidates, ({ location }) => requestKey(location));
  return [...groups.values()] as unknown as Request[];
}

/** One request, repeated where it failed for a passing reason; its files are kept together. */
async function fetchTogether(
  id: string,
  group: Request,
  temporaryDir: string,
  keep: KeepFile,
  { fetchers, retryDelayMs, onProgress }: DownloadOptions,
): Promise<void> {
  // One request asks one source, so all of its locations are of the fetcher's kind.
  const fetchFiles = fetchers[group[0].location.kind] as FetchFiles<Location>;
  const requested = new Map(group.map((file) => [file.name, file]));
  const staged = new Map<string, Digest>();
  await pRetry(
    () =>
      fetchFiles(group, async (name, body) => {
        const file = requested.get(name) as RequestedFile;
        const digest = await stageFile(body, join(temporaryDir, name), file.expected, (bytes) =>
          onProgress?.({
            id,
            file: name,
            source: sourceName(file.location),
            receivedBytes: bytes,
            totalBytes: file.expected?.bytes,
          }),
        );
        staged.set(name, digest);
      }),
    {
      retries: RETRIES,
      minTimeout: retryDelayMs,
      randomize: true,
      shouldRetry: ({ error }) => isTransient(error),
    },
  );
  for (const [name, digest] of staged) {
    await keep(name, join(temporaryDir, name), digest);
  }
}

function failureOf(
  id: string,
  remaining: readonly MissingFile[],
  failures: readonly Failure[],
  refused: readonly string[],
): ReelscribeError {
  const reasons = [
    ...new Set(failures.map(({ source, error }) => `${source}: ${reasonOf(error)}`)),
  ];
  const mismatch = failures.find(({ error }) => error instanceof ChecksumMismatch);
  const names = remaining.map(({ name }) => name).join(', ');
  const cause =
    failures.length === 1
      ? failures[0]?.error
      : new AggregateError(
          failures.map(({ error }) => error),
          'every source failed',
        );
  if (mismatch !== undefined) {
    return new ReelscribeError(
      'MODEL_CHECKSUM_MISMATCH',
      `model ${id}: ${names}: ${reasons.join('; ')}`,
      { cause },
    );
  }
  if (refused.length > 0) {
    const tried = reasons.length === 0 ? '' : ` (tried ${reasons.join('; ')})`;
    return new ReelscribeError(
      'MODEL_UNAVAILABLE_OFFLINE',
      `model ${id} is not in the cache (${names}) and REELSCRIBE_OFFLINE refuses ${refused.join(', ')}${tried}`,
      { cause },
    );
  }
  return new ReelscribeError(
    'MODEL_DOWNLOAD_FAILED',
    `model ${id} could not be fetched (${names}): ${reasons.join('; ')}`,
    { cause },
  );
}

/** The innermost cause says why ("connect ECONNREFUSED"), the outer ones only that it failed. */
function reasonOf(error: Error): string {
  return error.message === 'fetch failed' && error.cause instanceof Error
    ? reasonOf(error.cause)
    : error.message || error.name;
}

/** A folder of this pull alone; those that a killed process left behind are removed after a day. */
async function makeTemporaryDir(root: string, id: string): Promise<string> {
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const age = await stat(path).then(
      (stats) => Date.now() - stats.mtimeMs,
      () => 0,
    );
    if (age > STALE_TEMPORARY_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
  return await mkdtemp(join(root, `${id}-`));
}
