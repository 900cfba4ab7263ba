import { readFile } from 'node:fs/promises';

export type NpyArray = { shape: number[]; data: Float32Array };

/** Reads a little-endian float32 array in NumPy's format 1.0, C order. */
export async function readNpy(path: string): Promise<NpyArray> {
  const file = await readFile(path);
  const headerEnd = 10 + file.readUInt16LE(8);
  const header = file.subarray(10, headerEnd).toString('latin1');
  const [, descr] = /'descr': '([^']+)'/.exec(header) ?? [];
  const [, shape] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  if (descr !== '<f4' || shape === undefined) {
    throw new Error(`${path} is not a float32 array: ${header}`);
  }
  return {
    shape: shape.split(',').filter(Boolean).map(Number),
    data: new Float32Array(new Uint8Array(file.subarray(headerEnd)).buffer),
  };
}
