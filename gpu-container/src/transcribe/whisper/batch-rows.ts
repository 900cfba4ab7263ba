import { Tensor } from 'onnxruntime-node';

/**
 * The tensor [rows.length, …] made of these rows of a tensor [batch, …], in this
 * order. Neighbouring rows are a view of the same memory; others are copied.
 */
export function selectRows(tensor: Tensor, rows: readonly number[]): Tensor {
  const [batch = 0, ...rest] = tensor.dims;
  const data = numbersOf(tensor);
  const rowSize = data.length / batch;
  const dims = [rows.length, ...rest];
  const first = rows[0] ?? 0;
  if (rows.every((row, index) => row === first + index)) {
    const view = data.subarray(first * rowSize, (first + rows.length) * rowSize);
    return new Tensor(tensor.type, view, dims);
  }
  const selected = emptyLike(data, rows.length * rowSize);
  for (const [index, row] of rows.entries()) {
    selected.set(data.subarray(row * rowSize, (row + 1) * rowSize), index * rowSize);
  }
  return new Tensor(tensor.type, selected, dims);
}

/** One tensor of the rows of several, all of one shape but for the batch. */
export function concatenateRows(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (first === undefined) {
    throw new RangeError('There are no rows to join');
  }
  if (tensors.length === 1) {
    return first;
  }
  const size = tensors.reduce((sum, tensor) => sum + tensor.size, 0);
  const joined = emptyLike(numbersOf(first), size);
  let at = 0;
  for (const tensor of tensors) {
    joined.set(numbersOf(tensor), at);
    at += tensor.size;
  }
  const batch = tensors.reduce((sum, { dims }) => sum + dims[0]!, 0);
  return new Tensor(first.type, joined, [batch, ...first.dims.slice(1)]);
}

/** Half precision is in a Float16Array, of which onnxruntime's types do not know. */
type Numbers = Float32Array;

function numbersOf(tensor: Tensor): Numbers {
  return tensor.data as Numbers;
}

function emptyLike(data: Numbers, length: number): Numbers {
  return new (data.constructor as Float32ArrayConstructor)(length);
}
