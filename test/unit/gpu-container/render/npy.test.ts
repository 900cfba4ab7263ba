import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { npyFile } from '../../../../gpu-container/src/render/npy.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { readNpy } from '../../../parity/npy.ts';

async function readBack(file: Uint8Array) {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'array.npy');
  await writeFile(path, file);
  return await readNpy(path);
}

describe('npyFile', () => {
  it.each([
    ['a matrix', [2, 3]],
    ['a single axis', [6]],
    ['one row', [1, 6]],
    ['more axes', [1, 2, 3]],
  ])('is read back as %s', async (_, shape) => {
    const data = Float32Array.from([1, -2.5, 0, 1e-30, 3e38, Math.fround(0.1)]);
    expect(await readBack(npyFile(data, shape))).toEqual({ shape, data });
  });

  it('holds no rows of so many dims', async () => {
    expect(await readBack(npyFile(new Float32Array(0), [0, 384]))).toEqual({
      shape: [0, 384],
      data: new Float32Array(0),
    });
  });

  it('writes the values of a view and none of the memory around it', async () => {
    const all = Float32Array.from([9, 1, 2, 9]);
    const { data } = await readBack(npyFile(all.subarray(1, 3), [2]));
    expect(data).toEqual(Float32Array.from([1, 2]));
  });

  it('begins with the format, its version and the description, byte for byte', () => {
    const file = Buffer.from(npyFile(new Float32Array(6), [2, 3]));
    const description = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    expect(file.subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'));
    expect(file.subarray(10, 128).toString('latin1')).toBe(`${description.padEnd(117)}\n`);
    expect(file).toHaveLength(128 + 6 * 4);
  });

  it('has its numbers begin at the next multiple of 64 bytes, however long the header', () => {
    for (let axes = 1; axes <= 60; axes++) {
      const file = Buffer.from(npyFile(new Float32Array(0), Array(axes).fill(0)));
      const descriptionEnd = file.indexOf('}') + 1;
      expect(file.length % 64).toBe(0);
      expect(file.length - descriptionEnd).toBeLessThanOrEqual(64);
      expect(file.readUInt16LE(8)).toBe(file.length - 10);
      expect(file.at(-1)).toBe('\n'.charCodeAt(0));
    }
  });

  it('refuses a shape that holds another number of values', () => {
    expect(() => npyFile(new Float32Array(6), [2, 2])).toThrow(RangeError);
  });
});
