import { describe, expect, it } from '@jest/globals';
import { meanLoad } from '../../../../bench/gpu/load.ts';

const SETTLING = Array(6).fill('0, 100, 50.00\n').join('');

describe('the load of a GPU', () => {
  it('is the mean of what the tool writes once the driver counts nothing of before', () => {
    const load = meanLoad(`${SETTLING}90, 2000, 500.00\n80, 4000, 600.00\n`);
    expect(load.idleShare).toBeCloseTo(0.15);
    expect(load).toMatchObject({ memoryMb: 3000, powerWatts: 550 });
  });

  it('is unknown where the tool tells nothing, or does not know', () => {
    const unknown = { idleShare: null, memoryMb: null, powerWatts: null };
    expect(meanLoad('')).toEqual(unknown);
    expect(meanLoad(`${SETTLING}[N/A], 2000, [N/A]\n`)).toEqual({ ...unknown, memoryMb: 2000 });
  });
});
