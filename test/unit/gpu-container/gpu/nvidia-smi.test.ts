import { describe, expect, it } from '@jest/globals';
import { gpuSchema } from '#contracts/job-result.ts';
import { gpuMetricsSchema } from '#contracts/service.ts';
import {
  firstVisible,
  freeGpuBytes,
  parseGpus,
  readGpus,
} from '../../../../gpu-container/src/gpu/nvidia-smi.ts';

const TWO_GPUS = `0, GPU-2b1f, NVIDIA A10G, 580.95.05, 8.6, 37, 2048, 23028, 41, 88.53
1, GPU-9c7e, NVIDIA L4, 580.95.05, [N/A], [N/A], 0, [N/A], [Unknown Error], [N/A]
`;

describe('what nvidia-smi tells', () => {
  it('is read GPU by GPU, with null for what one does not tell', () => {
    const { gpus } = gpuMetricsSchema.parse({ gpus: parseGpus(TWO_GPUS) });
    expect(gpus).toEqual([
      {
        index: 0,
        uuid: 'GPU-2b1f',
        name: 'NVIDIA A10G',
        driver: '580.95.05',
        compute_capability: '8.6',
        utilization_percent: 37,
        memory_used_mib: 2_048,
        memory_total_mib: 23_028,
        temperature_celsius: 41,
        power_watts: 88.53,
      },
      {
        index: 1,
        uuid: 'GPU-9c7e',
        name: 'NVIDIA L4',
        driver: '580.95.05',
        compute_capability: null,
        utilization_percent: null,
        memory_used_mib: 0,
        memory_total_mib: null,
        temperature_celsius: null,
        power_watts: null,
      },
    ]);
  });

  it('is nothing where it fails, or says something else', async () => {
    const complaint = 'NVIDIA-SMI has failed because it could not talk to the driver';
    expect(await readGpus(async () => ({ stdout: complaint }))).toEqual([]);
    expect(await readGpus(() => Promise.reject(new Error('not found')))).toEqual([]);
  });

  it('is asked for what it is then read for, within a time limit', async () => {
    const gpus = await readGpus(async (command, [query = ''], { timeoutMs }) => {
      expect(command).toBe('nvidia-smi');
      expect(timeoutMs).toBe(5_000);
      const fields = query.replace('--query-gpu=', '').split(',');
      return { stdout: fields.map((field) => (field === 'index' ? '0' : field)).join(', ') };
    });
    expect(gpus).toMatchObject([{ uuid: 'uuid', name: 'name', driver: 'driver_version' }]);
  });
});

describe('the GPU that a process computes on', () => {
  const gpus = parseGpus(TWO_GPUS);

  it('has free what nobody takes of its memory', async () => {
    expect(await freeGpuBytes(async () => gpus)).toBe((23_028 - 2048) * 2 ** 20);
  });

  it('has nobody knows what free where nothing tells', async () => {
    expect(await freeGpuBytes(async () => [])).toBeUndefined();
    expect(await freeGpuBytes(async () => [gpus[1]!])).toBeUndefined();
  });

  it('is the first one, with what is known of it', () => {
    expect(gpuSchema.parse(firstVisible(gpus, undefined))).toEqual({
      name: 'NVIDIA A10G',
      driver: '580.95.05',
      memoryMib: 23_028,
      computeCapability: '8.6',
    });
  });

  it.each(['1', '1,0', 'GPU-9c7e', 'GPU-9c'])('is the one that %s leaves visible', (visible) => {
    expect(firstVisible(gpus, visible)).toEqual({ name: 'NVIDIA L4', driver: '580.95.05' });
  });

  it('is none where none is visible', () => {
    expect(firstVisible([], undefined)).toBeUndefined();
    expect(firstVisible(gpus, '-1')).toBeUndefined();
  });
});
