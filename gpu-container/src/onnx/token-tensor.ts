import { Tensor } from 'onnxruntime-node';

/** Tokens as a model takes them, int64 [batch, positions]; rows are of one length. */
export function tokenTensor(rows: readonly (readonly number[])[]): Tensor {
  const width = rows[0]?.length ?? 0;
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, width]);
}
