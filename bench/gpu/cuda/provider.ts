import { existsSync } from 'node:fs';
import { copyFile, cp, link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fetchFromNpm } from '../../../gpu-container/src/models/sources/npm.ts';
import { npmConfigFrom } from '../../../gpu-container/src/models/sources/npm-config.ts';

/** The libraries that onnxruntime loads to compute with CUDA. */
export const PROVIDER_FILES = [
  'libonnxruntime_providers_cuda.so',
  'libonnxruntime_providers_shared.so',
] as const;

/** Built of the same version of onnxruntime, for CUDA 13 and cuDNN 9. */
const PROVIDER_PACKAGE = 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9';
const PROVIDER_PATH = 'Plugins/Linux/x64';

const BINARIES = 'bin/napi-v6/linux/x64';

/** An onnxruntime-node that has the CUDA provider beside its library. */
export type CudaRuntime = {
  /** libonnxruntime_providers_cuda.so */
  readonly provider: string;
  /** A folder whose node_modules has the runtime; undefined for the project's own. */
  readonly home?: string;
};

export type ProviderOptions = {
  /** A folder with the provider's libraries, in place of the published ones. */
  readonly providerDir: string | undefined;
  /** Where a copy of the runtime is kept from bench to bench. */
  readonly cacheDir: string;
  readonly say: (line: string) => void;
};

/**
 * Finds or makes an onnxruntime-node with the CUDA provider. onnxruntime looks for
 * providers beside its own library only; what npm installed is not to be changed
 * by a bench, so that the runtime is copied and the provider put beside the copy.
 *
 * @throws Error where the provider can neither be found nor fetched
 */
export async function cudaRuntime({
  providerDir,
  cacheDir,
  say,
}: ProviderOptions): Promise<CudaRuntime> {
  const installed = installedRuntime();
  const own = join(installed, BINARIES, PROVIDER_FILES[0]);
  if (providerDir === undefined && existsSync(own)) {
    return { provider: own };
  }
  const home = join(cacheDir, providerDir === undefined ? 'published-provider' : 'own-provider');
  const copy = join(home, 'node_modules', 'onnxruntime-node');
  const runtime = { home, provider: join(copy, BINARIES, PROVIDER_FILES[0]) };
  if (providerDir !== undefined) {
    await rm(home, { recursive: true, force: true });
  }
  if (!existsSync(runtime.provider)) {
    await copyRuntime(installed, copy);
    await bringProvider(join(copy, BINARIES), providerDir, say);
  }
  return runtime;
}

function installedRuntime(): string {
  return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
}

/** What of the package runs here; its binaries as links where the disk can have them. */
async function copyRuntime(installed: string, copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
  await mkdir(join(copy, BINARIES), { recursive: true });
  await copyFile(join(installed, 'package.json'), join(copy, 'package.json'));
  await cp(join(installed, 'dist'), join(copy, 'dist'), { recursive: true });
  for (const name of ['libonnxruntime.so.1', 'onnxruntime_binding.node']) {
    const [from, to] = [join(installed, BINARIES, name), join(copy, BINARIES, name)];
    await link(from, to).catch(() => copyFile(from, to));
  }
}

async function bringProvider(
  folder: string,
  providerDir: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  if (providerDir !== undefined) {
    for (const name of PROVIDER_FILES.toReversed()) {
      await copyFile(join(resolve(providerDir), name), join(folder, name));
    }
    return;
  }
  say(`Fetching the CUDA provider, ${PROVIDER_PACKAGE} (180 MB, once)`);
  const wanted = PROVIDER_FILES.map((name) => ({
    name,
    location: {
      kind: 'npm' as const,
      package: PROVIDER_PACKAGE,
      path: `${PROVIDER_PATH}/${name}`,
    },
  }));
  await fetchFromNpm(npmConfigFrom(process.env))(wanted, async (name, body) => {
    await writeFile(join(folder, `${name}.partial`), body);
  });
  // Named so once the registry's checksum of the whole package was right; what tells that all is there last.
  for (const name of PROVIDER_FILES.toReversed()) {
    await rename(join(folder, `${name}.partial`), join(folder, name));
  }
}
