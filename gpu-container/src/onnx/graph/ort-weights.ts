import { ByteBuffer } from 'flatbuffers';

/** A weight of 32-bit floats, row by row. */
export type FloatWeight = { readonly shape: readonly number[]; readonly values: Float32Array };

const FILE_IDENTIFIER = 'ORTM';
const FLOAT32 = 1;
/** Its own length and the table's come before a vtable's fields. */
const VTABLE_HEADER_BYTES = 4;

// Fields of the tables in onnxruntime/core/flatbuffers/schema/ort.fbs, by their numbers
// (https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/flatbuffers/schema/ort.fbs).
const SESSION = { model: 1 };
const MODEL = { graph: 7 };
const GRAPH = { initializers: 0 };
const TENSOR = { name: 0, dims: 2, dataType: 3, rawData: 4 };

/**
 * Reads the 32-bit float weights of a model in onnxruntime's own file format,
 * which is a FlatBuffer of the graph as the optimiser left it.
 *
 * @returns by the names the graph uses them by
 * @throws RangeError when the bytes are not such a model
 */
export function readOrtWeights(bytes: Uint8Array): Map<string, FloatWeight> {
  const buffer = new ByteBuffer(bytes);
  if (bytes.length < 8 || !buffer.__has_identifier(FILE_IDENTIFIER)) {
    throw new RangeError('The bytes are not a model in the ORT format');
  }
  const model = tableIn(buffer, buffer.__indirect(0), SESSION.model);
  const graph = tableIn(buffer, model, MODEL.graph);
  return new Map(
    tablesIn(buffer, graph, GRAPH.initializers).flatMap((tensor) => floatWeight(buffer, tensor)),
  );
}

/** The name and the numbers of a tensor; nothing for one that holds no 32-bit floats. */
function floatWeight(buffer: ByteBuffer, tensor: number): [string, FloatWeight][] {
  const type = fieldIn(buffer, tensor, TENSOR.dataType);
  const name = fieldIn(buffer, tensor, TENSOR.name);
  const data = fieldIn(buffer, tensor, TENSOR.rawData);
  if (type === undefined || buffer.readInt32(type) !== FLOAT32 || !name || !data) {
    return [];
  }
  const start = buffer.__vector(data);
  const bytes = buffer.bytes().slice(start, start + buffer.__vector_len(data));
  const shape = shapeOf(buffer, fieldIn(buffer, tensor, TENSOR.dims));
  // Sliced from a Buffer they would still be a view of it, at any multiple of one.
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  return [[String(buffer.__string(name)), { shape, values }]];
}

function shapeOf(buffer: ByteBuffer, dims: number | undefined): number[] {
  return dims === undefined
    ? []
    : Array.from({ length: buffer.__vector_len(dims) }, (_, index) =>
        Number(buffer.readInt64(buffer.__vector(dims) + index * BigInt64Array.BYTES_PER_ELEMENT)),
      );
}

/** Where a field of a table is; undefined where the table leaves it out. */
function fieldIn(buffer: ByteBuffer, table: number, field: number): number | undefined {
  const offset = buffer.__offset(table, VTABLE_HEADER_BYTES + 2 * field);
  return offset === 0 ? undefined : table + offset;
}

/** @throws RangeError where the table leaves the field out */
function tableIn(buffer: ByteBuffer, table: number, field: number): number {
  const at = fieldIn(buffer, table, field);
  if (at === undefined) {
    throw new RangeError('The model in the ORT format has no graph');
  }
  return buffer.__indirect(at);
}

function tablesIn(buffer: ByteBuffer, table: number, field: number): number[] {
  const at = fieldIn(buffer, table, field);
  return at === undefined
    ? []
    : Array.from({ length: buffer.__vector_len(at) }, (_, index) =>
        buffer.__indirect(buffer.__vector(at) + index * Int32Array.BYTES_PER_ELEMENT),
      );
}
