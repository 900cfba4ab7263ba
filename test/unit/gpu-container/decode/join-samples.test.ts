import { describe, expect, it } from '@jest/globals';
import { joinSamples } from '../../../../gpu-container/src/decode/join-samples.ts';

describe('joining pieces of audio', () => {
  it('puts them one after another', () => {
    const pieces = [Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)];
    expect(Array.from(joinSamples(pieces))).toEqual([1, 2, 3]);
  });

  it('makes silence of nothing at all', () => {
    expect(joinSamples([])).toHaveLength(0);
  });
});
