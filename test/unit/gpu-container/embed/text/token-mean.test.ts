import { describe, expect, it } from '@jest/globals';
import { tokenMeans } from '../../../../../gpu-container/src/embed/text/token-mean.ts';

describe('tokenMeans', () => {
  it('takes the mean over the own tokens of each row and none of its padding', () => {
    const tokens = Float32Array.from([...[1, 10, 3, 30, 5, 50], ...[2, 20, 900, 900, 900, 900]]);
    expect(tokenMeans(tokens, [3, 1], 2)).toEqual([
      Float32Array.from([3, 30]),
      Float32Array.from([2, 20]),
    ]);
  });
});
