import { delimiter } from 'node:path';
import { ReelscribeError } from '#contracts/errors.ts';
import { firstVisible, readGpus } from '../../gpu-container/src/gpu/nvidia-smi.ts';
import { findLibraries } from './cuda/libraries.ts';
import { cudaRuntime, type ProviderOptions } from './cuda/provider.ts';
import { RUNTIME_HOME } from './cuda/runtime-home.ts';

/** The device that is measured, and what a process needs in its environment to use it. */
export type BenchDevice = {
  readonly gpu: string | null;
  readonly driver: string | null;
  readonly memoryMib: number | null;
  readonly env: Readonly<Record<string, string>>;
};

/** The CPU, for trying the bench out. */
export const CPU_DEVICE: BenchDevice = { gpu: null, driver: null, memoryMib: null, env: {} };

/**
 * Finds the GPU and everything that onnxruntime needs to compute on it.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE, which names all that is missing
 */
export async function setUpCuda(options: ProviderOptions): Promise<BenchDevice> {
  const gpu = firstVisible(await readGpus());
  if (gpu === undefined) {
    throw new ReelscribeError('GPU_UNAVAILABLE', 'nvidia-smi is not there, or tells of no GPU', {
      hint: 'This bench is for a machine with an NVIDIA GPU; --device cpu --shapes tiny tries it out on any other.',
    });
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new ReelscribeError(
      'GPU_UNAVAILABLE',
      'onnxruntime computes with CUDA on Linux x64 only',
    );
  }
  const { provider, home } = await cudaRuntime(options).catch((cause: Error) => {
    const message = `The CUDA provider cannot be had: ${cause.message}`;
    throw new ReelscribeError('GPU_UNAVAILABLE', message, { cause });
  });
  const { folders, missing } = findLibraries(provider);
  if (missing.length > 0) {
    throw new ReelscribeError('GPU_UNAVAILABLE', `${provider} needs ${missing.join(', ')}`, {
      hint: 'Install the CUDA and cuDNN 9 runtime libraries, or a PyTorch for the same CUDA, or name their folders in LD_LIBRARY_PATH; libcuda.so.1 comes with the driver.',
    });
  }
  return {
    ...{ gpu: gpu.name, driver: gpu.driver, memoryMib: gpu.memoryMib ?? null },
    env: {
      LD_LIBRARY_PATH: folders.join(delimiter),
      ...(home !== undefined && { [RUNTIME_HOME]: home }),
    },
  };
}
