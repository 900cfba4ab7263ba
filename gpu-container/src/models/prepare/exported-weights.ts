import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { readModel } from '../../onnx/graph/model-file.ts';
import { shapeOfWeight } from '../../onnx/graph/weights.ts';
import { dequantize, transpose } from './dequantize.ts';
import { type StoredWeight, weightFinder } from './find-weight.ts';
import { readNumbers } from './tensor-numbers.ts';
import type { PublishedWeight } from './whisper-weights.ts';

/** Reads a weight as 32-bit floats, laid out as it is published. */
export type ReadWeight = (weight: PublishedWeight) => Promise<Float32Array>;

/**
 * Opens an ONNX export to read weights out of it, in single or half precision or quantised to
 * 8 bits.
 *
 * @returns reads a weight; a RangeError tells which one the export does not have
 * @throws RangeError when the file is not an ONNX model
 */
export async function openExport(path: string): Promise<ReadWeight> {
  const { graph } = readModel(await readFile(path));
  const find = weightFinder(graph);
  return async (weight) => {
    const found = find(weight);
    if (!found) {
      throw new RangeError(`${basename(path)} has no ${weight.name} [${weight.shape}]`);
    }
    const shape = shapeOfWeight(found.tensor);
    const expected = found.transposed ? weight.shape.toReversed() : weight.shape;
    if (`${withoutOnes(shape)}` !== `${withoutOnes(expected)}`) {
      throw new RangeError(
        `${basename(path)} has ${weight.name} as [${shape}] instead of [${expected}]`,
      );
    }
    const floats = await readFloats(found, shape, dirname(path));
    const [rows = 1, columns = 1] = expected;
    return found.transposed ? transpose(floats, rows, columns) : floats;
  };
}

async function readFloats(
  { tensor, quantization }: StoredWeight,
  shape: readonly number[],
  folder: string,
): Promise<Float32Array> {
  const numbers = await readNumbers(tensor, folder);
  if (quantization) {
    const { scale, zeroPoint, axis } = quantization;
    return dequantize(numbers, shape, {
      scale: await readNumbers(scale, folder),
      zeroPoint: zeroPoint && (await readNumbers(zeroPoint, folder)),
      axis,
    });
  }
  if (numbers instanceof Uint8Array || numbers instanceof Int8Array) {
    throw new RangeError(`${tensor.name} holds integers of unknown scale`);
  }
  return numbers instanceof Float32Array ? numbers : new Float32Array(numbers);
}

function withoutOnes(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}
