import { describe, expect, it } from '@jest/globals';
import { concatenate } from '../../../../gpu-container/src/vector/concatenate.ts';

describe('concatenating arrays', () => {
  it('puts them one after another', () => {
    const pieces = [Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)];
    expect(Array.from(concatenate(pieces))).toEqual([1, 2, 3]);
  });

  it('makes an empty one of nothing at all', () => {
    expect(concatenate([])).toHaveLength(0);
  });
});
