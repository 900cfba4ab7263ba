import { describe, expect, it } from '@jest/globals';
import { gpuMetricsSchema } from '#contracts/service.ts';
import {
  createGpuMonitor,
  parseGpuMetrics,
} from '../../../../gpu-container/src/serve/gpu-metrics.ts';

const TWO_GPUS = `0, NVIDIA A10G, 37, 2048, 23028, 41, 88.53
1, NVIDIA A10G, [N/A], 0, 23028, [Unknown Error], [N/A]
`;

describe('what nvidia-smi tells', () => {
  it('is read GPU by GPU, with null for what one does not tell', () => {
    const metrics = gpuMetricsSchema.parse(parseGpuMetrics(TWO_GPUS));
    expect(metrics.gpus).toEqual([
      {
        index: 0,
        name: 'NVIDIA A10G',
        utilization_percent: 37,
        memory_used_mib: 2_048,
        memory_total_mib: 23_028,
        temperature_celsius: 41,
        power_watts: 88.53,
      },
      {
        index: 1,
        name: 'NVIDIA A10G',
        utilization_percent: null,
        memory_used_mib: 0,
        memory_total_mib: 23_028,
        temperature_celsius: null,
        power_watts: null,
      },
    ]);
  });

  it('is nothing where it fails or says something else', async () => {
    expect(
      parseGpuMetrics('NVIDIA-SMI has failed because it could not talk to the driver'),
    ).toEqual({
      gpus: [],
    });
    const monitor = createGpuMonitor(() => Promise.reject(new Error('not found')));
    expect(await monitor.read()).toEqual({ gpus: [] });
    expect(monitor.isAvailable()).toBe(false);
  });

  it('is asked for once by those who ask at once, within a time limit', async () => {
    let clockMs = 0;
    const limits: number[] = [];
    const monitor = createGpuMonitor(
      async (_command, _args, { timeoutMs }) => {
        limits.push(timeoutMs);
        return { stdout: TWO_GPUS };
      },
      () => clockMs,
    );
    await Promise.all([monitor.read(), monitor.read()]);
    clockMs = 1_000;
    await monitor.read();
    expect(limits).toEqual([5_000]);
    expect(monitor.isAvailable()).toBe(true);
    clockMs = 5_000;
    await monitor.read();
    expect(limits).toHaveLength(2);
  });
});
