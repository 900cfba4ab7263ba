import { ELEMENT } from './literals.ts';
import type { OnnxTensor } from './model-file.ts';
import { lengthDelimitedField, varintField, wholeNumbers } from './wire-format.ts';

// Field numbers of TensorProto in onnx.proto.
const TENSOR = { dims: 1, elementType: 2, int32Data: 5, rawData: 9 };

/** A weight of one byte per element, with its bytes at hand. */
export type ByteWeight = {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
};

/** The element type of a weight, by the number ONNX gives it. */
export function elementTypeOfWeight({ rest }: OnnxTensor): number {
  return Number(rest.find(({ number }) => number === TENSOR.elementType)?.payload);
}

/** The size of each axis of a weight. */
export function shapeOfWeight({ rest }: OnnxTensor): number[] {
  return rest
    .filter(({ number }) => number === TENSOR.dims)
    .flatMap(wholeNumbers)
    .map(Number);
}

/** A weight of 8-bit integers; undefined for one of others, or whose bytes are in another file. */
export function readByteWeight(tensor: OnnxTensor): ByteWeight | undefined {
  const { name, rest } = tensor;
  const elementType = elementTypeOfWeight(tensor);
  if (elementType !== ELEMENT.uint8 && elementType !== ELEMENT.int8) {
    return undefined;
  }
  const shape = shapeOfWeight(tensor);
  const raw = rest.find(({ number }) => number === TENSOR.rawData)?.payload;
  if (raw instanceof Uint8Array) {
    return { name, elementType, shape, bytes: raw };
  }
  const numbers = rest.filter(({ number }) => number === TENSOR.int32Data).flatMap(wholeNumbers);
  const bytes = Uint8Array.from(numbers, (number) => Number(BigInt.asUintN(8, number)));
  return bytes.length > 0 ? { name, elementType, shape, bytes } : undefined;
}

export function writeByteWeight({ name, elementType, shape, bytes }: ByteWeight): OnnxTensor {
  return {
    name,
    rest: [
      ...shape.map((size) => varintField(TENSOR.dims, size)),
      varintField(TENSOR.elementType, elementType),
      lengthDelimitedField(TENSOR.rawData, bytes),
    ],
  };
}
