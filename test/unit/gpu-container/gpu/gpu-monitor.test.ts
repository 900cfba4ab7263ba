import { describe, expect, it } from '@jest/globals';
import { createGpuMonitor } from '../../../../gpu-container/src/gpu/gpu-monitor.ts';
import { parseGpus } from '../../../../gpu-container/src/gpu/nvidia-smi.ts';

const GPUS = parseGpus('0, GPU-2b1f, NVIDIA A10G, 580.95.05, 8.6, 37, 2048, 23028, 41, 88.53');

describe('the monitor of the GPUs', () => {
  it('has none where there are none', async () => {
    const monitor = createGpuMonitor(async () => []);
    expect(await monitor.read()).toEqual({ gpus: [] });
    expect(monitor.isAvailable()).toBe(false);
  });

  it('reads once for those who ask at once, or shortly after', async () => {
    let clockMs = 0;
    let readings = 0;
    const monitor = createGpuMonitor(
      async () => {
        readings += 1;
        return GPUS;
      },
      () => clockMs,
    );
    await Promise.all([monitor.read(), monitor.read()]);
    clockMs = 1_000;
    expect(await monitor.read()).toEqual({ gpus: GPUS });
    expect(readings).toBe(1);
    expect(monitor.isAvailable()).toBe(true);
    clockMs = 5_000;
    await monitor.read();
    expect(readings).toBe(2);
  });
});
