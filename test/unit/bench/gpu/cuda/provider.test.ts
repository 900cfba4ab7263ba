import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cudaRuntime, PROVIDER_FILES } from '../../../../../bench/gpu/cuda/provider.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

describe('an onnxruntime with the CUDA provider', () => {
  it('is a copy with the libraries of a given folder beside its own', async () => {
    await using scratch = await makeScratchDir();
    const providerDir = join(scratch.path, 'given');
    await mkdir(providerDir);
    for (const name of PROVIDER_FILES) {
      await writeFile(join(providerDir, name), `bytes of ${name}`);
    }
    const said: string[] = [];
    const { provider, home } = await cudaRuntime({
      ...{ providerDir, cacheDir: join(scratch.path, 'cache') },
      say: (line) => said.push(line),
    });
    expect(await readFile(provider, 'utf8')).toBe('bytes of libonnxruntime_providers_cuda.so');
    const copy = join(home!, 'node_modules', 'onnxruntime-node');
    const { version } = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8'));
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(version).toBe(dependencies['onnxruntime-node']);
    expect(provider.startsWith(copy)).toBe(true);
    const library = join(provider, '..', 'libonnxruntime.so.1');
    expect((await readFile(library)).subarray(1, 4).toString()).toBe('ELF');
    expect(said).toEqual([]);
  });

  it('cannot be had from a folder without the libraries', async () => {
    await using scratch = await makeScratchDir();
    const options = { providerDir: scratch.path, cacheDir: join(scratch.path, 'cache') };
    await expect(cudaRuntime({ ...options, say: () => {} })).rejects.toThrow(
      'libonnxruntime_providers_shared.so',
    );
  });
});
