import { describe, expect, it } from '@jest/globals';
import { cosineSimilarity } from '../../../../gpu-container/src/vector/similarity.ts';
import { truncate, unitLength } from '../../../../gpu-container/src/vector/unit-length.ts';

const vector = (...values: number[]) => Float32Array.from(values);

describe('unitLength', () => {
  it('keeps the direction and makes the length 1', () => {
    expect(unitLength(vector(3, 0, -4))).toEqual(vector(0.6, 0, -0.8));
  });

  it('leaves the zero vector, as a copy', () => {
    const zero = vector(0, 0);
    expect(unitLength(zero)).toEqual(vector(0, 0));
    expect(unitLength(zero)).not.toBe(zero);
  });

  it('measures lengths whose squares leave single precision', () => {
    expect(unitLength(vector(3e25, 4e25))).toEqual(vector(0.6, 0.8));
  });
});

describe('cosineSimilarity', () => {
  it('depends on the directions alone', () => {
    expect(cosineSimilarity(vector(2, 0), vector(5, 0))).toBe(1);
    expect(cosineSimilarity(vector(2, 0), vector(0, 9))).toBe(0);
    expect(cosineSimilarity(vector(1, 1), vector(-3, -3))).toBeCloseTo(-1, 12);
  });

  it('is 0 for the zero vector', () => {
    expect(cosineSimilarity(vector(0, 0), vector(1, 2))).toBe(0);
  });

  it('refuses vectors of different dims', () => {
    expect(() => cosineSimilarity(vector(1, 2), vector(1))).toThrow(RangeError);
  });
});

describe('truncate', () => {
  it('keeps the first numbers and scales them to unit length again', () => {
    expect(truncate(vector(3, 4, 100), 2)).toEqual(vector(0.6, 0.8));
  });

  it.each([0, 4, 1.5, -1])('refuses %d dims of three', (dims) => {
    expect(() => truncate(vector(1, 2, 3), dims)).toThrow(RangeError);
  });
});
