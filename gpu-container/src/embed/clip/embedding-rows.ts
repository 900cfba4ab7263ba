import type { Tensor } from 'onnxruntime-node';
import { floatsOf } from '../../onnx/float-tensor.ts';

/**
 * The embeddings of a batch, one for each row of [batch, dims]; they share memory.
 *
 * @throws RangeError for a tensor of another shape
 */
export function embeddingRows(tensor: Tensor): Float32Array[] {
  const [rows = 0, dims = 0, ...more] = tensor.dims;
  if (dims === 0 || more.length > 0) {
    throw new RangeError(`Embeddings are [batch, dims], not [${tensor.dims.join(', ')}]`);
  }
  const data = floatsOf(tensor);
  return Array.from({ length: rows }, (_, row) => data.subarray(row * dims, (row + 1) * dims));
}
