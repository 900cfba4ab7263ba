import { Tensor } from 'onnxruntime-node';

/** Whole numbers as graphs take them. */
export function int64Tensor(values: readonly number[], shape: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}
