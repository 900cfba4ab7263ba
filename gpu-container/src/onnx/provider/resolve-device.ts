import type { WorkerEnvironment } from '#contracts/environment.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import type { Gpu } from '#contracts/job-result.ts';
import { type Warning, warning } from '#contracts/transcript.ts';
import { firstVisible, readGpus } from '../../gpu/nvidia-smi.ts';
import type { Logger } from '../../log/logger.ts';
import { probeCuda } from './probe-cuda.ts';

/** What the models of this process run on. */
export type ComputeDevice = {
  readonly device: 'cpu' | 'cuda';
  /** Absent on the CPU, and where nothing tells of it. */
  readonly gpu?: Gpu;
  /** What every result must tell of it. */
  readonly warnings: readonly Warning[];
};

type ResolveOptions = {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Default: a little work on CUDA. */
  readonly probe?: () => Promise<void>;
  /** Default: what nvidia-smi tells. */
  readonly readGpu?: () => Promise<Gpu | undefined>;
};

/**
 * Finds out whether the device that was asked for works, before there is any work for
 * it. A GPU that does not is an error, unless the CPU may take its place.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE with onnxruntime's reason and what to do about it
 */
export async function resolveDevice(
  { DEVICE, ALLOW_CPU_FALLBACK }: Pick<WorkerEnvironment, 'DEVICE' | 'ALLOW_CPU_FALLBACK'>,
  { log, probe = probeCuda, readGpu = async () => firstVisible(await readGpus()) }: ResolveOptions,
): Promise<ComputeDevice> {
  if (DEVICE === 'cpu') {
    return { device: 'cpu', warnings: [] };
  }
  const reading = readGpu();
  try {
    await probe();
  } catch (err) {
    const gpu = await reading;
    const isGpu = err instanceof ReelscribeError && err.code === 'GPU_UNAVAILABLE';
    if (!(isGpu && ALLOW_CPU_FALLBACK)) {
      throw err;
    }
    log.warn({ err, hint: err.hint, gpu }, 'no GPU can be used; the CPU takes its place');
    return { device: 'cpu', warnings: [warning('RAN_ON_CPU', { cause: err.code })] };
  }
  const gpu = await reading;
  log.info({ gpu }, 'CUDA works');
  return { device: 'cuda', ...(gpu && { gpu }), warnings: [] };
}
