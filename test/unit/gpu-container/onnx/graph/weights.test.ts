import { describe, expect, it } from '@jest/globals';
import { ELEMENT } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  elementTypeOfWeight,
  readByteWeight,
  writeByteWeight,
} from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import {
  type Field,
  lengthDelimitedField,
  readMessage,
  varintField,
  writeMessage,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { weight, weightBeside } from './run-model.ts';

const TENSOR = { dims: 1, elementType: 2, int32Data: 5 };
const PACKED_DIMS = lengthDelimitedField(TENSOR.dims, Uint8Array.of(2, 3));

describe('a weight of 8-bit integers', () => {
  it.each([ELEMENT.uint8, ELEMENT.int8])('is read as it was written, of type %i', (elementType) => {
    const matrix = {
      name: 'matrix',
      elementType,
      shape: [2, 3],
      bytes: Uint8Array.of(0, 1, 127, 128, 254, 255),
    };
    const tensor = writeByteWeight(matrix);

    expect(readByteWeight({ name: 'matrix', rest: onTheWire(tensor.rest) })).toMatchObject({
      ...matrix,
      bytes: Buffer.from(matrix.bytes),
    });
    expect(elementTypeOfWeight(tensor)).toBe(elementType);
  });

  it('is read where its numbers are a list, negative ones too', () => {
    const numbers = [-128, -1, 0, 1, 126, 127];
    const packed = writeMessage(numbers.map((number) => varintField(0, number)));
    const bytes = Uint8Array.from(numbers);
    // Without the tags, which a packed list has none of.
    const list = lengthDelimitedField(TENSOR.int32Data, withoutTags(packed));
    const single = numbers.map((number) => varintField(TENSOR.int32Data, number));

    for (const data of [[list], single]) {
      const rest = onTheWire([PACKED_DIMS, varintField(TENSOR.elementType, ELEMENT.int8), ...data]);
      expect(readByteWeight({ name: 'list', rest })).toMatchObject({ shape: [2, 3], bytes });
    }
  });

  it('is read where it is a scalar', () => {
    const rest = [
      varintField(TENSOR.elementType, ELEMENT.uint8),
      varintField(TENSOR.int32Data, 200),
    ];
    expect(readByteWeight({ name: 'zero', rest })).toMatchObject({
      shape: [],
      bytes: Uint8Array.of(200),
    });
  });

  it('is not there where its bytes are in another file', () => {
    expect(readByteWeight(weightBeside('far', ELEMENT.uint8, [4]))).toBeUndefined();
  });

  it('is not there where the numbers are of another type', () => {
    const asList = [
      varintField(TENSOR.elementType, ELEMENT.int32),
      varintField(TENSOR.int32Data, 7),
    ];
    expect(readByteWeight({ name: 'list', rest: asList })).toBeUndefined();
    expect(
      readByteWeight(weight('floats', ELEMENT.float32, Float32Array.of(1, 2), [2])),
    ).toBeUndefined();
  });
});

function onTheWire(fields: readonly Field[]): Field[] {
  return readMessage(writeMessage(fields));
}

function withoutTags(fields: Uint8Array): Uint8Array {
  let isTag = true;
  return fields.filter((byte) => {
    const wasTag = isTag;
    isTag = !wasTag && byte < 0x80;
    return !wasTag;
  });
}
