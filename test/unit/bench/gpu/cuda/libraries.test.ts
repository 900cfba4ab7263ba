import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findLibraries, type Machine } from '../../../../../bench/gpu/cuda/libraries.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const PROVIDER = '/somewhere/libonnxruntime_providers_cuda.so';
const LINKED = ['libcudart.so.13', 'libcublas.so.13', 'libcuda.so.1'];
const LOADED_LATER = ['libcudnn.so.9', 'libnvrtc.so.13'];

/** A machine with libraries in folders of its own, whose loader looks at LD_LIBRARY_PATH alone. */
async function machineWith(
  root: string,
  folders: Readonly<Record<string, readonly string[]>>,
  { python = '', libraryPath = '' } = {},
): Promise<Machine> {
  const has = new Map<string, readonly string[]>();
  for (const [folder, names] of Object.entries(folders)) {
    await mkdir(join(root, folder), { recursive: true });
    for (const name of names) {
      await writeFile(join(root, folder, name), '');
    }
    has.set(join(root, folder), names);
  }
  return {
    env: { LD_LIBRARY_PATH: libraryPath },
    installed: [join(root, 'usr/local/cuda*/lib64'), join(root, 'usr/local/nvidia/lib64')],
    run: (command, _args, env = {}) => {
      const searched = (env['LD_LIBRARY_PATH'] ?? '').split(':');
      const folderOf = (name: string) => searched.find((folder) => has.get(folder)?.includes(name));
      switch (command) {
        case 'ldd':
          return LINKED.map((name) => {
            const folder = folderOf(name);
            return `\t${name} => ${folder === undefined ? 'not found' : `${folder}/${name} (0x1)`}\n`;
          }).join('');
        case 'ldconfig':
          return '2 libs found in cache\n\tlibc.so.6 (libc6,x86-64) => /lib/libc.so.6\n';
        case 'python3':
          return python === '' ? undefined : `${python}\n`;
        default:
          return undefined;
      }
    },
  };
}

describe('the libraries of CUDA', () => {
  it('are found where installers put them, each folder once', async () => {
    await using scratch = await makeScratchDir();
    const { path } = scratch;
    const machine = await machineWith(path, {
      'usr/local/cuda-13.0/lib64': ['libcudart.so.13', 'libcublas.so.13', ...LOADED_LATER],
      'usr/local/nvidia/lib64': ['libcuda.so.1'],
    });
    expect(findLibraries(PROVIDER, machine)).toEqual({
      folders: [join(path, 'usr/local/cuda-13.0/lib64'), join(path, 'usr/local/nvidia/lib64')],
      missing: [],
    });
  });

  it('are found in the packages of a PyTorch, after what is set already', async () => {
    await using scratch = await makeScratchDir();
    const { path } = scratch;
    const machine = await machineWith(
      path,
      {
        driver: ['libcuda.so.1'],
        'site-packages/nvidia/cu13/lib': ['libcudart.so.13', 'libcublas.so.13', 'libnvrtc.so.13'],
        'site-packages/nvidia/cudnn/lib': ['libcudnn.so.9'],
      },
      { python: join(path, 'site-packages/nvidia'), libraryPath: join(path, 'driver') },
    );
    expect(findLibraries(PROVIDER, machine)).toEqual({
      folders: [
        join(path, 'driver'),
        join(path, 'site-packages/nvidia/cu13/lib'),
        join(path, 'site-packages/nvidia/cudnn/lib'),
      ],
      missing: [],
    });
  });

  it('are all named where they are missing, those that are loaded later too', async () => {
    await using scratch = await makeScratchDir();
    const machine = await machineWith(scratch.path, {
      'usr/local/cuda/lib64': ['libcublas.so.13'],
    });
    expect(findLibraries(PROVIDER, machine).missing).toEqual([
      'libcudart.so.13',
      'libcuda.so.1',
      ...LOADED_LATER,
    ]);
  });
});
