import { describe, expect, it } from '@jest/globals';
import {
  filledPass,
  fillRows,
  itemsPerPass,
  PASS_SIZES,
  passesFor,
} from '../../../../gpu-container/src/onnx/pass-size.ts';

const MIB = 2 ** 20;

describe('itemsPerPass', () => {
  it.each([
    [1024 * MIB, 128],
    [1023 * MIB, 32],
    [64 * MIB, 8],
    [8 * MIB, 1],
    [0, 1],
  ])('takes half of the free memory: of %i bytes %i items of 4 MiB', (freeBytes, items) => {
    expect(itemsPerPass({ bytesPerItem: 4 * MIB, freeBytes })).toBe(items);
  });

  it('takes no more than gain anything, and one in any case', () => {
    const roomy = { bytesPerItem: 1, freeBytes: 1024 * MIB };
    expect(itemsPerPass({ ...roomy, most: 31 })).toBe(8);
    expect(itemsPerPass({ ...roomy, most: 0.5 })).toBe(1);
  });

  it('takes for granted what the smallest cards have', () => {
    const known = { bytesPerItem: 64 * MIB, freeBytes: 4096 * MIB };
    expect(itemsPerPass({ bytesPerItem: known.bytesPerItem })).toBe(itemsPerPass(known));
  });
});

describe('filledPass', () => {
  it('is one of few sizes, whatever there is to do', () => {
    const counts = Array.from({ length: PASS_SIZES.at(-1)! }, (_, index) => index + 1);
    expect(new Set(counts.map(filledPass))).toEqual(new Set(PASS_SIZES));
    expect(counts.every((count) => filledPass(count) >= count)).toBe(true);
  });

  it('leaves whole passes as they are', () => {
    expect(PASS_SIZES.map(filledPass)).toEqual([...PASS_SIZES]);
  });

  it('is a multiple of the largest size where there is more to do', () => {
    expect([129, 256, 257].map(filledPass)).toEqual([256, 256, 384]);
  });
});

describe('fillRows', () => {
  it('puts zeros after the rows', () => {
    expect(fillRows(Float32Array.of(1, 2, 3, 4), 2, 3)).toEqual(Float32Array.of(1, 2, 3, 4, 0, 0));
    expect(fillRows(Uint8Array.of(1, 2, 3), 1, 2)).toEqual(Uint8Array.of(1, 2, 3, 0, 0, 0));
  });

  it('copies nothing where there is nothing to fill', () => {
    const rows = Float32Array.of(1, 2);
    expect(fillRows(rows, 2, 2)).toBe(rows);
  });
});

describe('passesFor', () => {
  it('fills the passes of a GPU alone', () => {
    expect([passesFor('cpu'), passesFor('cuda')]).toEqual(['as-they-come', 'filled']);
  });
});
