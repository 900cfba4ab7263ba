import { describe, expect, it } from '@jest/globals';
import {
  type BatchingOptions,
  planBatches,
} from '../../../../../gpu-container/src/diarize/fbank/clip-batches.ts';

const LOOSE: BatchingOptions = { minSamples: 4000, passes: 'as-they-come', isOneByOne: false };
const FILLED: BatchingOptions = { ...LOOSE, passes: 'filled' };

describe('planBatches', () => {
  it('puts clips of exactly one length together, and none that is too short', () => {
    expect(planBatches([16_000, 4001, 16_000, 3999, 4000], LOOSE)).toEqual([
      { indices: [0, 2], samples: 16_000 },
      { indices: [1], samples: 4001 },
      { indices: [4], samples: 4000 },
    ]);
  });

  it('cuts clips of nearly one length to the same quarter of a second', () => {
    expect(planBatches([16_270, 19_999, 16_000, 20_000, 7999, 3999], FILLED)).toEqual([
      { indices: [0, 1, 2], samples: 16_000 },
      { indices: [3], samples: 20_000 },
      { indices: [4], samples: 4000 },
    ]);
  });

  it('cuts no clip to less than is needed', () => {
    const [batch] = planBatches([6500], { ...FILLED, minSamples: 6000 });
    expect(batch!.samples).toBe(6000);
  });

  it('has as many lengths as a chunk has quarters of a second', () => {
    const lengths = Array.from({ length: 589 }, (_, frame) => (frame + 1) * 270);
    const samples = planBatches(lengths, FILLED).map((batch) => batch.samples);
    expect(new Set(samples).size).toBeLessThanOrEqual(40);
  });

  it('makes batches by the length of clips and the memory that is free', () => {
    const sizes = (samples: number, freeBytes?: number) =>
      planBatches(Array<number>(200).fill(samples), { ...FILLED, freeBytes }).map(
        ({ indices }) => indices.length,
      );
    expect(sizes(160_000, 2 ** 37)).toEqual([128, 72]);
    expect(sizes(160_000)).toEqual([32, 32, 32, 32, 32, 32, 8]);
    expect(sizes(16_000)).toEqual([128, 72]);
  });

  it('gives an export that takes one clip at a time one', () => {
    const batches = planBatches([4000, 4000], { ...FILLED, isOneByOne: true });
    expect(batches.map(({ indices }) => indices)).toEqual([[0], [1]]);
  });
});
