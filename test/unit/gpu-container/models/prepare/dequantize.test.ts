import { describe, expect, it } from '@jest/globals';
import {
  dequantize,
  transpose,
} from '../../../../../gpu-container/src/models/prepare/dequantize.ts';

const SHAPE = [2, 3];
const INTEGERS = Uint8Array.of(0, 1, 2, 3, 4, 5);

describe('floats of integers', () => {
  it('are one scale times the steps from one zero point', () => {
    const steps = { scale: Float32Array.of(0.5), zeroPoint: Uint8Array.of(2), axis: 0 };
    expect([...dequantize(INTEGERS, SHAPE, steps)]).toEqual([-1, -0.5, 0, 0.5, 1, 1.5]);
  });

  it('have a scale and a zero point for each row', () => {
    const steps = { scale: Float32Array.of(1, 10), zeroPoint: Uint8Array.of(0, 3), axis: 0 };
    expect([...dequantize(INTEGERS, SHAPE, steps)]).toEqual([0, 1, 2, 0, 10, 20]);
  });

  it('have a scale for each column, and zero for zero where nothing else is said', () => {
    const steps = { scale: Float32Array.of(1, 10, 100), zeroPoint: undefined, axis: 1 };
    expect([...dequantize(INTEGERS, SHAPE, steps)]).toEqual([0, 10, 200, 3, 40, 500]);
  });

  it('may be negative integers', () => {
    const steps = { scale: Float32Array.of(2), zeroPoint: Int8Array.of(-1), axis: 0 };
    expect([...dequantize(Int8Array.of(-128, -1, 127), [3], steps)]).toEqual([-254, 0, 256]);
  });

  it('need as many scales and zero points as there are channels', () => {
    const scale = Float32Array.of(1, 10);
    expect(() => dequantize(INTEGERS, SHAPE, { scale, zeroPoint: undefined, axis: 1 })).toThrow(
      RangeError,
    );
    const zeroPoint = Uint8Array.of(0);
    expect(() => dequantize(INTEGERS, SHAPE, { scale, zeroPoint, axis: 0 })).toThrow(RangeError);
  });
});

it('turns rows into columns', () => {
  expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
});
