import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ReelscribeError } from '#contracts/errors.ts';

/** The CUDA that the provider is built for, and the oldest driver that knows it. */
const CUDA = { version: 13, driver: 580 };

const HINTS: readonly (readonly [text: RegExp, hint: string])[] = [
  [
    /libcuda\.so/,
    'The container has no NVIDIA driver: start it with --gpus all and the NVIDIA Container Toolkit, on a machine that has one.',
  ],
  [
    /libonnxruntime_providers_\w+\.so/,
    'onnxruntime-node has no CUDA provider beside its own library: the worker image adds it, `npm ci` does not.',
  ],
  [
    /lib[\w.+-]+\.so/,
    `Install the CUDA ${CUDA.version} and cuDNN 9 runtime libraries, or set LD_LIBRARY_PATH to where they are.`,
  ],
  [
    /failure 35\b|driver version is insufficient/i,
    `The driver is missing or too old: CUDA ${CUDA.version} needs an NVIDIA driver of version ${CUDA.driver} or later.`,
  ],
  [
    /failure 100\b|no CUDA-capable device/i,
    'The process sees no GPU: check `nvidia-smi`, --gpus of the container, and CUDA_VISIBLE_DEVICES.',
  ],
  [
    /failure 209\b|no kernel image/i,
    'The GPU is of a generation that this build of onnxruntime has no kernels for.',
  ],
  [
    /failure 2\b|out of memory|failed to allocate/i,
    'Its memory is taken: end what else uses the GPU, or choose a smaller model or batch.',
  ],
];

/** Said of a CUDA that does not work, rather than of a model that cannot be read. */
const CUDA_TEXT = /cuda|cudnn|cublas|cufft|curand|shared library|failed to allocate/i;

/**
 * What the failure of a session on CUDA means to who runs it: onnxruntime's own words,
 * without the paths and the host's name that it adds, and what to do about them.
 *
 * @returns undefined where the failure has nothing to do with the GPU
 */
export function gpuUnavailable(cause: unknown): ReelscribeError | undefined {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (!CUDA_TEXT.test(text)) {
    return undefined;
  }
  const reason = /shared library/i.test(text) ? (loaderText() ?? text) : text;
  const hint = HINTS.find(([pattern]) => pattern.test(reason))?.[1];
  return new ReelscribeError('GPU_UNAVAILABLE', `CUDA cannot be used: ${essence(reason)}`, {
    cause,
    ...(hint && { hint }),
  });
}

/** `CUDA failure 35: CUDA driver version is insufficient…`, out of a page of C++. */
function essence(text: string): string {
  const failure = /(?:CUDA|CUDNN|CUBLAS|CUFFT|CURAND)\w* failure -?\d+: [^;]+/i.exec(text)?.[0];
  const firstLine = text.split('\n', 1)[0] ?? '';
  return (failure ?? firstLine).replaceAll(/(?:\/[\w.+-]+)+\//g, '').trim();
}

/**
 * onnxruntime says that a library could not be loaded, but which one only to stderr.
 * The loader tells: asked for the provider as an add-on, which it is not, it fails in
 * any case, with the name of what is missing if something is.
 */
function loaderText(): string | undefined {
  const { platform, arch } = process;
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const libraries = join(dirname(main), '..', 'bin', 'napi-v6', platform, arch);
  try {
    process.dlopen({ exports: {} }, join(libraries, 'libonnxruntime_providers_cuda.so'));
  } catch (error) {
    const { message } = error as Error;
    return /cannot open shared object/.test(message) ? message : undefined;
  }
  return undefined;
}
