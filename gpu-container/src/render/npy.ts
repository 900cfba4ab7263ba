const MAGIC = '\x93NUMPY\x01\x00';
const HEADER_LENGTH_BYTES = 2;
/** The format has the numbers begin at a multiple of this, so that the file can be memory-mapped. */
const ALIGNMENT_BYTES = 64;

/**
 * An array as a `.npy` file: NumPy's format 1.0, little-endian float32 in C order.
 * Source: numpy.lib.format.
 *
 * @param values row by row; their memory has to be little-endian, as it is on every
 * processor that the worker is built for
 * @param shape e.g. [rows, dims], or [rows] for a single axis
 * @throws RangeError when the shape does not hold that many values
 */
export function npyFile(values: Float32Array, shape: readonly number[]): Uint8Array {
  if (shape.reduce((product, size) => product * size, 1) !== values.length) {
    throw new RangeError(`${values.length} values do not fill the shape [${shape.join(', ')}]`);
  }
  const header = headerOf(shape);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const file = new Uint8Array(header.length + bytes.length);
  file.set(header);
  file.set(bytes, header.length);
  return file;
}

function headerOf(shape: readonly number[]): Uint8Array {
  // A Python tuple of one element keeps its comma.
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefixBytes = MAGIC.length + HEADER_LENGTH_BYTES;
  const totalBytes =
    Math.ceil((prefixBytes + description.length + 1) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const text = `${description.padEnd(totalBytes - prefixBytes - 1)}\n`;

  const header = Buffer.alloc(totalBytes);
  header.write(MAGIC, 'latin1');
  header.writeUInt16LE(text.length, MAGIC.length);
  header.write(text, prefixBytes, 'latin1');
  return header;
}
