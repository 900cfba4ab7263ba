/// <reference lib="esnext.float16" />
import { ELEMENT } from '../graph/literals.ts';
import type { OnnxGraph, OnnxNode } from '../graph/model-file.ts';
import { type Field, type Message, readMessage, wholeNumbers } from '../graph/wire-format.ts';

// Field numbers of AttributeProto and TensorProto in onnx.proto.
const ATTRIBUTE = { float: 2, int: 3, tensor: 5, ints: 8 };
const TENSOR = { elementType: 2, floatData: 4, int32Data: 5, int64Data: 7, rawData: 9 };

/** The numbers that are written into a graph. */
export type GraphConstants = {
  /** The one float of a constant without axes, or with one element; undefined for anything else. */
  scalar(name: string): number | undefined;
  /**
   * The last of the whole numbers of a value such as a shape, back to the first that is
   * known only when the graph runs.
   */
  lastIntegers(name: string): number[];
};

/** Looks numbers up in the weights of a graph, its Constants, and shapes put together of them. */
export function constantsOf({ nodes, initializers }: OnnxGraph): GraphConstants {
  const weights = new Map(initializers.map((tensor) => [tensor.name, tensor.rest]));
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));

  const tensorOf = (name: string): Message | undefined => {
    const maker = makers.get(name);
    return weights.get(name) ?? (maker?.opType === 'Constant' ? constantTensor(maker) : undefined);
  };
  const known = (name: string): KnownIntegers => {
    const tensor = tensorOf(name);
    const maker = makers.get(name);
    if (tensor !== undefined) {
      return { numbers: integersOfTensor(tensor), isWhole: true };
    }
    switch (maker?.opType) {
      case 'Constant': {
        const numbers = maker.attributes.flatMap(({ rest }) => integersOfAttribute(rest));
        return { numbers, isWhole: true };
      }
      case 'Unsqueeze':
        return known(maker.inputs[0]!);
      case 'Concat':
        return maker.inputs.reduceRight<KnownIntegers>((after, part) => {
          const before = after.isWhole ? known(part) : UNKNOWN;
          return {
            numbers: [...before.numbers, ...after.numbers],
            isWhole: before.isWhole,
          };
        }, NONE);
      default:
        return UNKNOWN;
    }
  };

  return {
    lastIntegers: (name) => known(name).numbers,
    scalar(name) {
      const tensor = tensorOf(name);
      const [number, ...more] = tensor === undefined ? [] : floatsOfTensor(tensor);
      return more.length === 0 ? number : undefined;
    },
  };
}

/** Numbers at the end of a value; whether there are no others before them. */
type KnownIntegers = { readonly numbers: number[]; readonly isWhole: boolean };
const UNKNOWN: KnownIntegers = { numbers: [], isWhole: false };
const NONE: KnownIntegers = { numbers: [], isWhole: true };

function constantTensor({ attributes }: OnnxNode): Message | undefined {
  const field = attributes
    .find(({ name }) => name === 'value')
    ?.rest.find(({ number }) => number === ATTRIBUTE.tensor);
  return field && messageOf(field);
}

/** Of a Constant without a tensor: `value_int` or `value_ints`. */
function integersOfAttribute(rest: Message): number[] {
  const wanted = [ATTRIBUTE.int, ATTRIBUTE.ints];
  return rest.filter(({ number }) => wanted.includes(number)).flatMap(signedNumbers);
}

function integersOfTensor(tensor: Message): number[] {
  if (elementTypeOf(tensor) !== ELEMENT.int64) {
    return [];
  }
  const raw = rawDataOf(tensor);
  return raw === undefined
    ? tensor.filter(({ number }) => number === TENSOR.int64Data).flatMap(signedNumbers)
    : Array.from(new BigInt64Array(copyOf(raw)), Number);
}

/** Of single or half precision; none of any other. */
function floatsOfTensor(tensor: Message): number[] {
  const raw = rawDataOf(tensor);
  switch (elementTypeOf(tensor)) {
    case ELEMENT.float32:
      return [...new Float32Array(copyOf(raw ?? bytesOf(tensor, TENSOR.floatData)))];
    case ELEMENT.float16:
      return [...new Float16Array(raw === undefined ? halfBits(tensor) : copyOf(raw))];
    default:
      return [];
  }
}

/** Half precision that is not written as bytes is the bits, one in each whole number. */
function halfBits(tensor: Message): ArrayBuffer {
  const bits = tensor.filter(({ number }) => number === TENSOR.int32Data).flatMap(wholeNumbers);
  return Uint16Array.from(bits, Number).buffer;
}

function elementTypeOf(tensor: Message): number {
  return Number(tensor.find(({ number }) => number === TENSOR.elementType)?.payload);
}

function rawDataOf(tensor: Message): Uint8Array | undefined {
  const payload = tensor.find(({ number }) => number === TENSOR.rawData)?.payload;
  return payload instanceof Uint8Array ? payload : undefined;
}

/** All bytes of a field that is a list of numbers of fixed size, packed or one by one. */
function bytesOf(tensor: Message, fieldNumber: number): Uint8Array {
  const payloads = tensor.filter(({ number }) => number === fieldNumber);
  return Buffer.concat(
    payloads.flatMap(({ payload }) => (payload instanceof Uint8Array ? [payload] : [])),
  );
}

/** With memory to itself, so that it starts where a number may. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function signedNumbers(field: Field): number[] {
  return wholeNumbers(field).map((number) => Number(BigInt.asIntN(64, number)));
}

function messageOf({ payload }: Field): Message {
  return payload instanceof Uint8Array
    ? readMessage(payload)
    : typeof payload === 'bigint'
      ? []
      : payload;
}
