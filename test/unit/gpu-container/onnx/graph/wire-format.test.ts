import { describe, expect, it } from '@jest/globals';
import {
  floatField,
  lengthDelimitedField,
  readMessage,
  varintField,
  wholeNumbers,
  writeMessage,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';

describe('the protobuf wire format', () => {
  // The examples of https://protobuf.dev/programming-guides/encoding/
  const ONE_HUNDRED_AND_FIFTY = Uint8Array.of(0x08, 0x96, 0x01);
  const TESTING = Uint8Array.of(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);

  it('reads numbers and strings', () => {
    expect(readMessage(ONE_HUNDRED_AND_FIFTY)[0]).toMatchObject({ number: 1, payload: 150n });
    const [text] = readMessage(TESTING);
    expect(text!.number).toBe(2);
    expect(Buffer.from(text!.payload as Uint8Array).toString()).toBe('testing');
  });

  it('writes numbers and strings', () => {
    expect(bytes(writeMessage([varintField(1, 150)]))).toEqual(bytes(ONE_HUNDRED_AND_FIFTY));
    expect(bytes(writeMessage([lengthDelimitedField(2, 'testing')]))).toEqual(bytes(TESTING));
  });

  it('nests messages', () => {
    const inner = [varintField(1, 150)];
    const nested = writeMessage([lengthDelimitedField(3, inner), varintField(4, 1)]);

    expect(bytes(nested)).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01, 0x20, 0x01]);
  });

  it('writes negative numbers as 64-bit two’s complement', () => {
    const [field] = readMessage(writeMessage([varintField(1, -2)]));
    expect(BigInt.asIntN(64, field!.payload as bigint)).toBe(-2n);
  });

  it('writes floats as four bytes, the lowest first', () => {
    // 1.5 is 0x3fc00000 (IEEE 754).
    expect(bytes(writeMessage([floatField(2, 1.5)]))).toEqual([0x15, 0, 0, 0xc0, 0x3f]);
  });

  it('reads whole numbers one by one and packed', () => {
    // The packed example of https://protobuf.dev/programming-guides/encoding/
    const packed = Uint8Array.of(0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05);

    expect(readMessage(packed).flatMap(wholeNumbers)).toEqual([3n, 270n, 86942n]);
    expect(readMessage(ONE_HUNDRED_AND_FIFTY).flatMap(wholeNumbers)).toEqual([150n]);
    expect(wholeNumbers(lengthDelimitedField(6, new Uint8Array(0)))).toEqual([]);
  });

  it('refuses a packed list that breaks off within a number', () => {
    const broken = lengthDelimitedField(6, Uint8Array.of(0x03, 0x8e));
    expect(() => wholeNumbers(broken)).toThrow(RangeError);
  });

  it('writes back what it does not know as it was', () => {
    const fixed32 = [0x3d, 1, 2, 3, 4];
    const fixed64 = [0x39, 1, 2, 3, 4, 5, 6, 7, 8];
    const farField = [0xfa, 0xff, 0x03, 0x02, 0xaa, 0xbb];
    const file = Uint8Array.from([...fixed32, ...TESTING, ...fixed64, ...farField]);

    expect(bytes(writeMessage(readMessage(file)))).toEqual(bytes(file));
  });

  it('does not copy what it reads', () => {
    const [text] = readMessage(TESTING);
    expect((text!.payload as Uint8Array).buffer).toBe(TESTING.buffer);
  });

  it.each([
    ['a number', [0x08, 0x96]],
    ['a string', [0x12, 0x07, 0x74]],
    ['a kind of field that does not exist', [0x0f, 0x00]],
  ])('refuses bytes that break off within, or hold, %s', (_, broken) => {
    expect(() => readMessage(Uint8Array.from(broken))).toThrow(RangeError);
  });
});

function bytes(array: Uint8Array): number[] {
  return [...array];
}
