import type { OnnxAttribute, OnnxGraph, OnnxValue } from './model-file.ts';
import {
  floatField,
  lengthDelimitedField,
  type Message,
  readMessage,
  varintField,
  wholeNumbers,
} from './wire-format.ts';

/** Types of tensor elements, by the numbers ONNX gives them. */
export const ELEMENT = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;

// Field numbers of onnx.proto, and its numbers for the kinds of attributes.
const ATTRIBUTE = { float: 2, int: 3, string: 4, tensor: 5, ints: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, ints: 7 };
const TENSOR = { dims: 1, elementType: 2, rawData: 9 };
const VALUE = { type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { elementType: 1, shape: 2 };
const SHAPE = { dimension: 1 };
const DIMENSION = { size: 1, name: 2 };

export function intAttribute(name: string, value: number): OnnxAttribute {
  return {
    name,
    rest: [varintField(ATTRIBUTE.int, value), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.int)],
  };
}

export function floatAttribute(name: string, value: number): OnnxAttribute {
  return {
    name,
    rest: [floatField(ATTRIBUTE.float, value), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.float)],
  };
}

export function stringAttribute(name: string, value: string): OnnxAttribute {
  return {
    name,
    rest: [
      lengthDelimitedField(ATTRIBUTE.string, value),
      varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.string),
    ],
  };
}

/** The whole numbers of an attribute: one, a list, or none where it holds something else. */
export function intsOf({ rest }: OnnxAttribute): number[] {
  return rest
    .filter(({ number }) => number === ATTRIBUTE.int || number === ATTRIBUTE.ints)
    .flatMap(wholeNumbers)
    .map((number) => Number(BigInt.asIntN(64, number)));
}

export function intsAttribute(name: string, values: readonly number[]): OnnxAttribute {
  return {
    name,
    rest: [
      ...values.map((value) => varintField(ATTRIBUTE.ints, value)),
      varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints),
    ],
  };
}

export function graphAttribute(name: string, graph: OnnxGraph): OnnxAttribute {
  return { name, graph, rest: [varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.graph)] };
}

/** The tensor of a Constant. */
export function tensorAttribute(
  name: string,
  elementType: number,
  numbers: BigInt64Array | Float32Array,
  shape: readonly number[],
): OnnxAttribute {
  const tensor: Message = [
    ...shape.map((size) => varintField(TENSOR.dims, size)),
    varintField(TENSOR.elementType, elementType),
    lengthDelimitedField(TENSOR.rawData, new Uint8Array(numbers.buffer)),
  ];
  return {
    name,
    rest: [
      lengthDelimitedField(ATTRIBUTE.tensor, tensor),
      varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor),
    ],
  };
}

/** The number of a Constant that is one of 32 bits; undefined for any other. */
export function float32Of({ rest }: OnnxAttribute): number | undefined {
  const tensor = subMessage(rest, ATTRIBUTE.tensor);
  const isFloat32 = tensor.some(
    ({ number, payload }) => number === TENSOR.elementType && payload === BigInt(ELEMENT.float32),
  );
  const raw = tensor.find(({ number }) => number === TENSOR.rawData)?.payload;
  return isFloat32 && raw instanceof Uint8Array && raw.length === Float32Array.BYTES_PER_ELEMENT
    ? Buffer.from(raw).readFloatLE()
    : undefined;
}

/**
 * An input or output of a graph.
 *
 * @param shape numbers, or names where a dimension varies; left open when undefined
 */
export function tensorValue(
  name: string,
  elementType: number,
  shape?: readonly (number | string)[],
): OnnxValue {
  const dimension = (size: number | string) =>
    typeof size === 'number'
      ? varintField(DIMENSION.size, size)
      : lengthDelimitedField(DIMENSION.name, size);
  const dimensions = shape?.map((size) => lengthDelimitedField(SHAPE.dimension, [dimension(size)]));
  const tensorType = [
    varintField(TENSOR_TYPE.elementType, elementType),
    ...(dimensions ? [lengthDelimitedField(TENSOR_TYPE.shape, dimensions)] : []),
  ];
  return {
    name,
    rest: [lengthDelimitedField(VALUE.type, [lengthDelimitedField(TYPE.tensor, tensorType)])],
  };
}

/** The element type that a tensor input or output of a graph declares. */
export function elementTypeOf(value: OnnxValue): number {
  const tensorType = subMessage(subMessage(value.rest, VALUE.type), TYPE.tensor);
  const elementType = tensorType.find(({ number }) => number === TENSOR_TYPE.elementType)?.payload;
  if (typeof elementType !== 'bigint') {
    throw new RangeError(`${value.name} is no tensor of a known type`);
  }
  return Number(elementType);
}

function subMessage(message: Message, fieldNumber: number): Message {
  const payload = message.find(({ number }) => number === fieldNumber)?.payload;
  return payload instanceof Uint8Array ? readMessage(payload) : [];
}
