const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/**
 * A protobuf message: its fields as they stand on the wire. What a reader does
 * not know it can still write back, and bytes are views of the file read, so
 * that weights are not copied on the way in.
 */
export type Message = readonly Field[];

export type Field = {
  readonly number: number;
  readonly wireType: number;
  /** A varint, or the bytes of anything else; a message in what is to be written. */
  readonly payload: bigint | Uint8Array | Message;
};

/** A whole number or a boolean. Negative ones are 64-bit two's complement. */
export function varintField(number: number, value: number | bigint): Field {
  return { number, wireType: VARINT, payload: BigInt.asUintN(64, BigInt(value)) };
}

/** A single-precision float. */
export function floatField(number: number, value: number): Field {
  const payload = Buffer.alloc(Float32Array.BYTES_PER_ELEMENT);
  payload.writeFloatLE(value);
  return { number, wireType: FIXED_32, payload };
}

/** A string, bytes or sub-message. */
export function lengthDelimitedField(
  number: number,
  content: string | Uint8Array | Message,
): Field {
  const payload = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return { number, wireType: LENGTH_DELIMITED, payload };
}

/**
 * Splits the bytes of a message into its fields
 * (https://protobuf.dev/programming-guides/encoding/).
 *
 * @throws RangeError when the bytes are not a protobuf message
 */
export function readMessage(bytes: Uint8Array): Field[] {
  let position = 0;
  const varint = (): bigint => {
    const { value, end } = readVarint(bytes, position);
    position = end;
    return value;
  };
  const slice = (length: number): Uint8Array => {
    const end = position + length;
    if (end > bytes.length) {
      throw new RangeError('A protobuf field reaches beyond its message');
    }
    const view = bytes.subarray(position, end);
    position = end;
    return view;
  };
  const payload = (wireType: number): bigint | Uint8Array => {
    switch (wireType) {
      case VARINT:
        return varint();
      case FIXED_64:
        return slice(8);
      case LENGTH_DELIMITED:
        return slice(Number(varint()));
      case FIXED_32:
        return slice(4);
      default:
        throw new RangeError(`Protobuf has no wire type ${wireType}`);
    }
  };

  const fields: Field[] = [];
  while (position < bytes.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    fields.push({ number: tag >>> 3, wireType, payload: payload(wireType) });
  }
  return fields;
}

/** The whole numbers of a field: one, or a packed list of them. */
export function wholeNumbers({ payload }: Field): bigint[] {
  if (!(payload instanceof Uint8Array)) {
    return typeof payload === 'bigint' ? [payload] : [];
  }
  const numbers: bigint[] = [];
  for (let position = 0; position < payload.length; ) {
    const { value, end } = readVarint(payload, position);
    numbers.push(value);
    position = end;
  }
  return numbers;
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let position = start, shift = 0n; ; position++, shift += 7n) {
    const byte = bytes[position];
    if (byte === undefined) {
      throw new RangeError('A protobuf number reaches beyond its message');
    }
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return { value, end: position + 1 };
    }
  }
}

/** The bytes of a message. However deep it is nested, every payload is copied once. */
export function writeMessage(message: Message): Uint8Array {
  return Buffer.concat(chunksOf(message));
}

function chunksOf(message: Message): Uint8Array[] {
  return message.flatMap(({ number, wireType, payload }) => {
    const tag = varintBytes(BigInt((number << 3) | wireType));
    if (typeof payload === 'bigint') {
      return [tag, varintBytes(payload)];
    }
    const chunks = payload instanceof Uint8Array ? [payload] : chunksOf(payload);
    if (wireType !== LENGTH_DELIMITED) {
      return [tag, ...chunks];
    }
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return [tag, varintBytes(BigInt(length)), ...chunks];
  });
}

function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  while (left >= 0x80n) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}
