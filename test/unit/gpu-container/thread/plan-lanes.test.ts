import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planLanes } from '../../../../gpu-container/src/thread/plan-lanes.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const MODEL_BYTES = 1000;

describe('planLanes', () => {
  let model: Awaited<ReturnType<typeof makeScratchDir>>;

  beforeAll(async () => {
    model = await makeScratchDir();
    await writeFile(join(model.path, 'model.safetensors'), new Uint8Array(MODEL_BYTES - 1));
  });

  afterAll(async () => {
    await model[Symbol.asyncDispose]();
  });

  function onGpu(freeBytes: number | undefined, gpuLanes?: number) {
    const gpuMemory = async () => freeBytes;
    return planLanes({
      dir: model.path,
      device: 'cuda',
      cores: 4,
      gpuMemory,
      ...(gpuLanes && { gpuLanes }),
    });
  }

  it('gives a GPU as many lanes as half of its memory holds, and each its share of the rest', async () => {
    expect(await onGpu(16 * MODEL_BYTES, 2)).toEqual({
      lanes: 2,
      threads: 2,
      freeBytes: 6 * MODEL_BYTES,
    });
    expect(await onGpu(7 * MODEL_BYTES, 2)).toEqual({
      lanes: 1,
      threads: 4,
      freeBytes: 5 * MODEL_BYTES,
    });
  });

  it('gives a GPU one lane where there is use for no more, or room for none', async () => {
    expect((await onGpu(100 * MODEL_BYTES)).lanes).toBe(1);
    expect(await onGpu(MODEL_BYTES, 2)).toMatchObject({ lanes: 1, freeBytes: 0 });
  });

  it('takes a small card for granted where nothing tells of its memory', async () => {
    const { freeBytes } = await onGpu(undefined, 1);
    expect(freeBytes).toBe(12 * 2 ** 30 - 2 * MODEL_BYTES);
  });

  it('gives a CPU a lane for every core', async () => {
    const plan = await planLanes({ dir: model.path, cores: 3 });
    expect(plan).toMatchObject({ lanes: 3, threads: 1 });
    expect(plan.freeBytes).toBeGreaterThan(0);
  });
});
