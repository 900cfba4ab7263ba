import { readFile } from 'node:fs/promises';
import { type OnnxModel, readModel } from '../../onnx/graph/model-file.ts';
import { fuseAttention } from '../../onnx/rewrite/fused-attention.ts';
import { rotateByProduct } from '../../onnx/rewrite/rotary-product.ts';

/**
 * Reads the encoder of V-JEPA 2 from a file, in the operators that compute it fastest. As
 * exports have it, a head of a clip of 64 frames has a matrix of 8192 by 8192 tokens,
 * and there are 16 of them; weights that the file leaves in others stay there.
 */
export async function readFasterEncoder(path: string): Promise<OnnxModel> {
  return fuseAttention(rotateByProduct(readModel(await readFile(path))));
}
