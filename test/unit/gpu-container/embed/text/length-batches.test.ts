import { describe, expect, it } from '@jest/globals';
import { lengthBatches } from '../../../../../gpu-container/src/embed/text/length-batches.ts';

const ROOMY = { maxRows: 64, maxTokens: 4_096, passTokens: 8 };

describe('lengthBatches', () => {
  it('has every row once, from the shortest', () => {
    const batches = lengthBatches([9, 3, 7, 3, 300], ROOMY);
    expect(batches.flat()).toEqual([1, 3, 2, 0, 4]);
  });

  it('starts another batch where padding would cost more than a pass', () => {
    expect(lengthBatches([5, 5, 9], ROOMY)).toEqual([[0, 1, 2]]);
    expect(lengthBatches([5, 5, 10], ROOMY)).toEqual([[0, 1], [2]]);
  });

  it('keeps to the most rows', () => {
    expect(lengthBatches([4, 4, 4, 4, 4], { ...ROOMY, maxRows: 2 })).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('keeps to the most tokens, padding included', () => {
    expect(lengthBatches([9, 10, 10], { ...ROOMY, maxTokens: 20 })).toEqual([[0, 1], [2]]);
  });

  it('has a row that is too long in a batch of its own', () => {
    expect(lengthBatches([50, 60], { ...ROOMY, maxTokens: 20 })).toEqual([[0], [1]]);
  });

  it('has no batches for no rows', () => {
    expect(lengthBatches([], ROOMY)).toEqual([]);
  });
});
