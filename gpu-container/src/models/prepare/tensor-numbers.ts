/// <reference lib="esnext.float16" />
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ELEMENT } from '../../onnx/graph/literals.ts';
import type { OnnxTensor } from '../../onnx/graph/model-file.ts';
import { elementTypeOfWeight, shapeOfWeight } from '../../onnx/graph/weights.ts';
import { readMessage, wholeNumbers } from '../../onnx/graph/wire-format.ts';

// Field numbers of onnx.proto.
const TENSOR = { floatData: 4, int32Data: 5, rawData: 9, externalData: 13 };
const STRING_ENTRY = { key: 1, value: 2 };

/** The numbers of a tensor, row by row. */
export type Numbers = Float32Array | Float16Array | Uint8Array | Int8Array;

/** The types that weights, their scales and zero points have. */
const ARRAYS: Readonly<Record<number, new (buffer: ArrayBuffer) => Numbers>> = {
  [ELEMENT.float32]: Float32Array,
  [ELEMENT.float16]: Float16Array,
  [ELEMENT.uint8]: Uint8Array,
  [ELEMENT.int8]: Int8Array,
};

const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  [ELEMENT.float32]: Float32Array.BYTES_PER_ELEMENT,
  [ELEMENT.float16]: Float16Array.BYTES_PER_ELEMENT,
  [ELEMENT.uint8]: Uint8Array.BYTES_PER_ELEMENT,
  [ELEMENT.int8]: Int8Array.BYTES_PER_ELEMENT,
};

/**
 * Reads the numbers of a weight, wherever its model keeps them: as bytes, as a list, or in a file
 * beside it.
 *
 * @param folder of the model
 * @throws RangeError when they are no floats or 8-bit integers, or are not as many as its shape says
 */
export async function readNumbers(tensor: OnnxTensor, folder: string): Promise<Numbers> {
  const elementType = elementTypeOfWeight(tensor);
  const [NumberArray, elementBytes] = [ARRAYS[elementType], ELEMENT_BYTES[elementType]];
  if (!NumberArray || elementBytes === undefined) {
    throw new RangeError(`${tensor.name} holds no floats or 8-bit integers`);
  }
  const bytes =
    (await bytesBeside(tensor, folder)) ?? rawBytes(tensor) ?? listedBytes(tensor, elementBytes);
  const count = shapeOfWeight(tensor).reduce((product, size) => product * size, 1);
  if (bytes.length !== count * elementBytes) {
    throw new RangeError(`${tensor.name} has ${bytes.length} bytes for ${count} numbers`);
  }
  // A copy of its own: a view of a file may begin between two numbers.
  return new NumberArray(new Uint8Array(bytes).buffer);
}

function rawBytes({ rest }: OnnxTensor): Uint8Array | undefined {
  const raw = rest.find(({ number }) => number === TENSOR.rawData)?.payload;
  return raw instanceof Uint8Array ? raw : undefined;
}

/** Floats are listed as they are; integers and half floats as the low bytes of whole numbers. */
function listedBytes({ rest }: OnnxTensor, elementBytes: number): Uint8Array {
  const floats = rest.flatMap(({ number, payload }) =>
    number === TENSOR.floatData && payload instanceof Uint8Array ? [payload] : [],
  );
  const wholes = rest.filter(({ number }) => number === TENSOR.int32Data).flatMap(wholeNumbers);
  const low = wholes.flatMap((whole) => {
    const bits = Number(BigInt.asUintN(8 * elementBytes, whole));
    return elementBytes === 1 ? [bits] : [bits & 0xff, bits >>> 8];
  });
  return Buffer.concat([...floats, Uint8Array.from(low)]);
}

async function bytesBeside(
  { name, rest }: OnnxTensor,
  folder: string,
): Promise<Uint8Array | undefined> {
  const properties = new Map(
    rest.flatMap(({ number, payload }) =>
      number === TENSOR.externalData && payload instanceof Uint8Array ? [property(payload)] : [],
    ),
  );
  const location = properties.get('location');
  if (location === undefined) {
    return undefined;
  }
  if (location !== basename(location)) {
    throw new RangeError(`${name} is in ${location}, which is no file beside the model`);
  }
  await using file = await open(join(folder, location));
  const offset = Number(properties.get('offset') ?? 0);
  const length = Number(properties.get('length') ?? (await file.stat()).size - offset);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function property(entry: Uint8Array): [key: string, value: string] {
  const text = (wanted: number) =>
    Buffer.from(
      readMessage(entry).find(({ number }) => number === wanted)?.payload as Uint8Array,
    ).toString('utf8');
  return [text(STRING_ENTRY.key), text(STRING_ENTRY.value)];
}
