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

/** A weight of one byte per element; undefined for one whose bytes are in another file. */
export function readByteWeight({ name, rest }: OnnxTensor): ByteWeight | undefined {
  const find = (wanted: number) => rest.find(({ number }) => number === wanted)?.payload;
  const elementType = Number(find(TENSOR.elementType));
  const shape = rest
    .filter(({ number }) => number === TENSOR.dims)
    .flatMap(wholeNumbers)
    .map(Number);
  const raw = find(TENSOR.rawData);
  if (raw instanceof Uint8Array) {
    return { name, elementType, shape, bytes: raw };
  }
  const numbers = rest.filter(({ number }) => number === TENSOR.int32Data).flatMap(wholeNumbers);
  return numbers.length > 0
    ? { name, elementType, shape, bytes: Uint8Array.from(numbers, Number) }
    : undefined;
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
