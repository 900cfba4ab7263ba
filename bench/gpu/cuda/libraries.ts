import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How to ask the machine; tests answer in its place. */
export type Machine = {
  /** What a program prints; undefined where it cannot be run, or fails. */
  readonly run: (
    command: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Folders where installers put CUDA; `*` stands for any name. */
  readonly installed: readonly string[];
};

/** Folders to be searched for libraries, and what is missing in all of them. */
export type LibraryPath = {
  /** As LD_LIBRARY_PATH has them, those that were set before first. */
  readonly folders: readonly string[];
  readonly missing: readonly string[];
};

const PROBE_TIMEOUT_MS = 30_000;

/** Asks Python where the packages `nvidia-*` are, which a PyTorch for CUDA brings. */
const NVIDIA_PACKAGES = [
  'from importlib.util import find_spec',
  "spec = find_spec('nvidia')",
  "print('\\n'.join(spec.submodule_search_locations if spec else []))",
].join('\n');

/** This machine. */
export const THIS_MACHINE: Machine = {
  run(command, args, env = {}) {
    const { status, stdout } = spawnSync(command, [...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: PROBE_TIMEOUT_MS,
    });
    return status === 0 ? stdout : undefined;
  },
  env: process.env,
  installed: [
    '/usr/local/cuda/lib64',
    '/usr/local/cuda-1[3-9]*/lib64',
    '/usr/local/cuda/targets/x86_64-linux/lib',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/local/nvidia/lib64',
    '/usr/local/nvidia/lib',
    '/usr/lib/wsl/lib',
  ],
};

/**
 * Finds what the CUDA provider needs: the libraries that it is linked with, as
 * ldd tells, and those that it only loads when it comes to use them (cuDNN 9, and
 * the compiler NVRTC of its CUDA). What the loader does not find by itself is
 * looked for where installers put CUDA, and in the packages of a PyTorch that
 * python3 can import.
 *
 * @param provider path of libonnxruntime_providers_cuda.so
 */
export function findLibraries(provider: string, machine: Machine = THIS_MACHINE): LibraryPath {
  const set = (machine.env['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...machine.installed.flatMap((pattern) => globSync(pattern)),
    ...pythonFolders(machine),
  ];
  const folders = [...set];
  // A library that is found may need another one.
  for (;;) {
    const missing = missingLibraries(provider, folders, machine);
    const found = missing
      .map((name) => candidates.find((folder) => existsSync(join(folder, name))))
      .filter((folder) => folder !== undefined && !folders.includes(folder));
    if (found.length === 0) {
      return { folders, missing };
    }
    folders.push(...new Set(found as string[]));
  }
}

/** The names of libraries that the loader would not find. */
function missingLibraries(
  provider: string,
  folders: readonly string[],
  machine: Machine,
): readonly string[] {
  const env = { LD_LIBRARY_PATH: folders.join(delimiter) };
  const linked = machine.run('ldd', [provider], env) ?? '';
  const missing = [...linked.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name!);
  const known = knownToLoader(machine);
  const loadedLater = ['libcudnn.so.9', `libnvrtc.so.${cudaVersion(linked)}`].filter(
    (name) => !known.has(name) && !folders.some((folder) => existsSync(join(folder, name))),
  );
  return [...new Set([...missing, ...loadedLater])];
}

/** The version of CUDA that the provider was built for, e.g. `13`. */
function cudaVersion(linked: string): string {
  return /libcudart\.so\.(\d+)/.exec(linked)?.[1] ?? '13';
}

function knownToLoader(machine: Machine): ReadonlySet<string> {
  const cache = machine.run('ldconfig', ['-p']) ?? machine.run('/sbin/ldconfig', ['-p']) ?? '';
  return new Set([...cache.matchAll(/^\s+(\S+) \(/gm)].map(([, name]) => name!));
}

function pythonFolders(machine: Machine): string[] {
  const packages = machine.run('python3', ['-c', NVIDIA_PACKAGES]) ?? '';
  return packages
    .split('\n')
    .filter(Boolean)
    .flatMap((folder) => globSync(join(folder, '*', 'lib')));
}
