import { Tensor } from 'onnxruntime-node';
import {
  type OnnxGraph,
  type OnnxModel,
  type OnnxTensor,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { modelHeader } from './model-header.ts';

const OPSET = 13;

// Field numbers of onnx.proto, and its number for data in another file.
const TENSOR = { dims: 1, elementType: 2, rawData: 9, externalData: 13, dataLocation: 14 };
const EXTERNAL = 1;

export function modelOf(graph: Partial<OnnxGraph>, opset = OPSET): OnnxModel {
  const empty = { name: 'graph', nodes: [], initializers: [], inputs: [], outputs: [], rest: [] };
  return { ...modelHeader(opset), graph: { ...empty, ...graph } };
}

/** Runs a model once and tells the numbers of its first output. */
export async function runModel(
  model: OnnxModel,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<number[]> {
  const session = await openSession('model.onnx', { threads: 1 }, writeModel(model));
  const output = session.outputNames[0]!;
  const results = await session.run(inputs, [output]);
  await session.dispose();
  return Array.from(results[output]!.data as Float32Array | Int32Array);
}

export function floats(values: readonly number[], shape: readonly number[]): Tensor {
  return new Tensor('float32', Float32Array.from(values), shape);
}

/** A weight with its numbers as bytes in the model. */
export function weight(
  name: string,
  elementType: number,
  numbers: Float32Array | Int32Array | Uint16Array,
  shape: readonly number[],
): OnnxTensor {
  return {
    name,
    rest: [
      ...shape.map((size) => varintField(TENSOR.dims, size)),
      varintField(TENSOR.elementType, elementType),
      lengthDelimitedField(TENSOR.rawData, new Uint8Array(numbers.buffer)),
    ],
  };
}

/** A weight whose numbers are in a file beside the model. */
export function weightBeside(
  name: string,
  elementType: number,
  shape: readonly number[],
): OnnxTensor {
  return {
    name,
    rest: [
      ...shape.map((size) => varintField(TENSOR.dims, size)),
      varintField(TENSOR.elementType, elementType),
      lengthDelimitedField(TENSOR.externalData, [
        lengthDelimitedField(1, 'location'),
        lengthDelimitedField(2, 'model.onnx_data'),
      ]),
      varintField(TENSOR.dataLocation, EXTERNAL),
    ],
  };
}

/** Numbers from -1 to 1 that follow no pattern a mistake could hide in, the same ones each time. */
export function scattered(count: number, seed = 1): number[] {
  return Array.from({ length: count }, (_, index) => Math.sin((index + 1) * (seed + 11.3) ** 2));
}
