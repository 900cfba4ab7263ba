import { createWriteStream } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { OnnxTensor } from './model-file.ts';
import { lengthDelimitedField, varintField } from './wire-format.ts';

/** What the format calls the types of elements, their size, and the number that ONNX gives them. */
const TYPES = {
  F64: { bytes: 8, elementType: 11 },
  F32: { bytes: 4, elementType: 1 },
  F16: { bytes: 2, elementType: 10 },
  BF16: { bytes: 2, elementType: 16 },
  I64: { bytes: 8, elementType: 7 },
  I32: { bytes: 4, elementType: 6 },
  I16: { bytes: 2, elementType: 5 },
  I8: { bytes: 1, elementType: 3 },
  U8: { bytes: 1, elementType: 2 },
  BOOL: { bytes: 1, elementType: 9 },
} as const;

export type SafetensorsType = keyof typeof TYPES;

/** A tensor of a file: what it is and where its bytes are. */
export type SafetensorsEntry = {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  /** Name of the file that holds the bytes, in the folder of the file that was read. */
  readonly file: string;
  /** Where the first byte is, counted from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
};

/** A tensor to be written; its bytes are asked for when their turn comes. */
export type NewTensor = {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  /** Little-endian, row by row. */
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
};

const LENGTH_BYTES = 8;
const ALIGNMENT_BYTES = 8;
/** What the format's own library allows. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';
const SHARD_INDEX = '.index.json';

const jsonObjectSchema = z.record(z.string(), z.unknown());

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.enum(Object.keys(TYPES) as [SafetensorsType, ...SafetensorsType[]]),
    shape: z.array(z.int().nonnegative()),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
);

const shardIndexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

// Field numbers of onnx.proto, and its number for data in another file.
const TENSOR = { dims: 1, elementType: 2, externalData: 13, dataLocation: 14 };
const STRING_ENTRY = { key: 1, value: 2 };
const EXTERNAL = 1;

/**
 * Reads what a safetensors file holds (https://github.com/huggingface/safetensors#format)
 * and none of its data. An index of several files (`model.safetensors.index.json`) is read
 * as one.
 *
 * @returns the tensors by their names
 * @throws RangeError when the file is not one, or when its tensors overlap, leave gaps, or reach
 * beyond its end
 */
export async function readSafetensorsHeader(path: string): Promise<Map<string, SafetensorsEntry>> {
  if (path.endsWith(SHARD_INDEX)) {
    return await readShards(path);
  }
  await using file = await open(path);
  const { size } = await file.stat();
  const length = Number((await readAt(file, 0, LENGTH_BYTES)).readBigUInt64LE());
  const dataStart = LENGTH_BYTES + length;
  if (length > MAX_HEADER_BYTES || dataStart > size) {
    throw new RangeError(`${path} is no safetensors file: its header would have ${length} bytes`);
  }
  const text = (await readAt(file, LENGTH_BYTES, length)).toString('utf8');
  const { [METADATA]: _, ...tensors } = parsed(jsonObjectSchema, parseJson(text, path), path);
  const header = parsed(headerSchema, tensors, path);
  const entries = Object.entries(header).map(([name, { dtype, shape, data_offsets }]) => {
    const [begin, end] = data_offsets;
    if (end - begin !== byteLength(dtype, shape)) {
      throw new RangeError(`${path}: ${name} is no ${dtype} [${shape}] in ${end - begin} bytes`);
    }
    const entry = { dtype, shape, file: basename(path), offset: dataStart + begin };
    return [name, { ...entry, bytes: end - begin }] as const;
  });
  requireNoGaps(entries, dataStart, size, path);
  return new Map(entries);
}

/**
 * Writes a safetensors file, tensor by tensor in the order given; no more than one of them need
 * be in memory. A file whose writing failed is left incomplete.
 *
 * @returns the size of the file in bytes
 * @throws RangeError when two tensors have one name, or the bytes of one do not fit its shape
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<NewTensor>,
): Promise<number> {
  const written = [...tensors];
  const header = new Map<string, unknown>([[METADATA, { format: 'pt' }]]);
  let end = 0;
  for (const { name, dtype, shape } of written) {
    if (header.has(name)) {
      throw new RangeError(`A safetensors file has only one ${name}`);
    }
    const begin = end;
    end += byteLength(dtype, shape);
    header.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)), 'utf8');
  const length = Math.ceil(json.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const start = Buffer.alloc(LENGTH_BYTES + length, ' ');
  start.writeBigUInt64LE(BigInt(length));
  json.copy(start, LENGTH_BYTES);

  await pipeline(
    async function* () {
      yield start;
      for (const { name, dtype, shape, bytes } of written) {
        const data = await bytes();
        if (data.length !== byteLength(dtype, shape)) {
          throw new RangeError(`${name} is no ${dtype} [${shape}] in ${data.length} bytes`);
        }
        yield data;
      }
    },
    createWriteStream(path, { flush: true }),
  );
  return start.length + end;
}

/**
 * A weight of a model whose numbers stay where they are in a safetensors file.
 *
 * @param name of the weight in the model
 * @param fileName of the file, relative to the folder that the session looks in
 */
export function externalTensor(
  name: string,
  { dtype, shape, file, offset, bytes }: SafetensorsEntry,
  fileName = file,
): OnnxTensor {
  const property = (key: string, value: string) =>
    lengthDelimitedField(TENSOR.externalData, [
      lengthDelimitedField(STRING_ENTRY.key, key),
      lengthDelimitedField(STRING_ENTRY.value, value),
    ]);
  return {
    name,
    rest: [
      ...shape.map((size) => varintField(TENSOR.dims, size)),
      varintField(TENSOR.elementType, TYPES[dtype].elementType),
      property('location', fileName),
      property('offset', String(offset)),
      property('length', String(bytes)),
      varintField(TENSOR.dataLocation, EXTERNAL),
    ],
  };
}

async function readShards(path: string): Promise<Map<string, SafetensorsEntry>> {
  const text = await readFile(path, 'utf8');
  const { weight_map: files } = parsed(shardIndexSchema, parseJson(text, path), path);
  const shards = new Map<string, Map<string, SafetensorsEntry>>();
  for (const file of new Set(Object.values(files))) {
    if (file !== basename(file)) {
      throw new RangeError(`${path}: ${file} is not a file beside it`);
    }
    shards.set(file, await readSafetensorsHeader(join(dirname(path), file)));
  }
  return new Map(
    Object.entries(files).map(([name, file]) => {
      const entry = shards.get(file)?.get(name);
      if (!entry) {
        throw new RangeError(`${path}: ${file} has no ${name}`);
      }
      return [name, entry];
    }),
  );
}

/** The format allows neither; a file that was cut short is found out here too. */
function requireNoGaps(
  entries: readonly (readonly [string, SafetensorsEntry])[],
  dataStart: number,
  fileSize: number,
  path: string,
): void {
  let end = dataStart;
  // Of two that begin together the one without bytes comes first.
  const inOrder = entries.toSorted(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  for (const [name, { offset, bytes }] of inOrder) {
    if (offset !== end) {
      throw new RangeError(`${path}: ${name} begins at ${offset} instead of ${end}`);
    }
    end += bytes;
  }
  if (end !== fileSize) {
    throw new RangeError(`${path} has ${fileSize} bytes; its tensors end at ${end}`);
  }
}

function byteLength(dtype: SafetensorsType, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, TYPES[dtype].bytes);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) {
    throw new RangeError(`A safetensors file of ${position + bytesRead} bytes has no header`);
  }
  return buffer;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`${path} holds no JSON where it should`, { cause });
  }
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) {
    throw new RangeError(`${path}: ${z.prettifyError(result.error)}`, { cause: result.error });
  }
  return result.data;
}
