import { describe, expect, it } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import { gpuSchema } from '#contracts/job-result.ts';
import { warningSchema } from '#contracts/transcript.ts';
import { probeCuda } from '../../../../../gpu-container/src/onnx/provider/probe-cuda.ts';
import { profilePlacement } from '../../../../../gpu-container/src/onnx/provider/profile-placement.ts';
import { resolveDevice } from '../../../../../gpu-container/src/onnx/provider/resolve-device.ts';
import { createTestLog } from '../../../../environment/test-log.ts';

const GPU = gpuSchema.parse({ name: 'NVIDIA L4', driver: '580.95.05', memoryMib: 23_034 });
const STRICT = { DEVICE: 'cuda', ALLOW_CPU_FALLBACK: false } as const;
const LENIENT = { DEVICE: 'cuda', ALLOW_CPU_FALLBACK: true } as const;

function options(probe?: () => Promise<void>) {
  return { log: createTestLog().log, readGpu: async () => GPU, ...(probe && { probe }) };
}

const failsWith = (error: Error) => () => Promise.reject(error);

describe('the device that a process computes on', () => {
  it('is the CPU where nothing else was asked for, and nobody looks for a GPU', async () => {
    const never = failsWith(new Error('was asked'));
    expect(
      await resolveDevice(
        { DEVICE: 'cpu', ALLOW_CPU_FALLBACK: false },
        { log: createTestLog().log, probe: never, readGpu: never },
      ),
    ).toEqual({ device: 'cpu', warnings: [] });
  });

  it('is the GPU where that computes', async () => {
    expect(
      await resolveDevice(
        STRICT,
        options(async () => {}),
      ),
    ).toEqual({
      device: 'cuda',
      gpu: GPU,
      warnings: [],
    });
  });

  it('is nothing where a GPU was asked for that does not work', async () => {
    const failure = new ReelscribeError('GPU_UNAVAILABLE', 'CUDA failure 35');
    await expect(resolveDevice(STRICT, options(failsWith(failure)))).rejects.toBe(failure);
  });

  it('is the CPU in its place where that is allowed, with a warning and a line in the log', async () => {
    const { log, lines } = createTestLog();
    const probe = failsWith(new ReelscribeError('GPU_UNAVAILABLE', 'CUDA failure 35'));

    const { device, gpu, warnings } = await resolveDevice(LENIENT, { ...options(probe), log });

    expect({ device, gpu }).toEqual({ device: 'cpu', gpu: undefined });
    expect(warnings.map((warning) => warningSchema.parse(warning))).toMatchObject([
      { code: 'RAN_ON_CPU', cause: 'GPU_UNAVAILABLE' },
    ]);
    expect(lines()).toMatchObject([{ level: 'warn', err: { message: 'CUDA failure 35' } }]);
  });

  it('is not the CPU for a defect that has nothing to do with the GPU', async () => {
    const defect = new TypeError('undefined is not a function');
    await expect(resolveDevice(LENIENT, options(failsWith(defect)))).rejects.toBe(defect);
  });

  it('is refused here, where onnxruntime has no CUDA provider', async () => {
    await expect(resolveDevice(STRICT, options())).rejects.toMatchObject({
      code: 'GPU_UNAVAILABLE',
      message: expect.stringContaining('CUDA cannot be used'),
    });
  });
});

describe('the little work that is done on CUDA', () => {
  it('is enough where CUDA did it', async () => {
    await expect(
      probeCuda(async () => ({ nodes: { CUDAExecutionProvider: 1 } })),
    ).resolves.toBeUndefined();
  });

  it('fails for what CUDA throws while it computes', async () => {
    const failing = probeCuda(() => Promise.reject(new Error('CUDNN failure 1001: not found ;')));
    await expect(failing).rejects.toMatchObject({
      code: 'GPU_UNAVAILABLE',
      message: 'CUDA cannot be used: CUDNN failure 1001: not found',
    });
  });

  it('is not where another provider did it, whatever session was opened', async () => {
    const onCpu = probeCuda((model, inputs) =>
      profilePlacement('probe.onnx', inputs, { device: 'cpu' }, model),
    );
    await expect(onCpu).rejects.toMatchObject({
      code: 'GPU_UNAVAILABLE',
      message: 'CUDA was asked for, and CPUExecutionProvider computed',
    });
  });
});
