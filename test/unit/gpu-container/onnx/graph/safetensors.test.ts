import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Tensor } from 'onnxruntime-node';
import {
  ELEMENT,
  intAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxNode,
  type OnnxTensor,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  externalTensor,
  type NewTensor,
  readSafetensorsHeader,
  type SafetensorsType,
  writeSafetensors,
} from '../../../../../gpu-container/src/onnx/graph/safetensors.ts';
import { openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { floats, modelOf, scattered } from './run-model.ts';

function tensor(
  name: string,
  dtype: SafetensorsType,
  shape: readonly number[],
  bytes: Uint8Array,
): NewTensor {
  return { name, dtype, shape, bytes: () => bytes };
}

/** Floats of which half precision has every one. */
function eighths(count: number): number[] {
  return scattered(count).map((value) => Math.round(value * 8) / 8);
}

function float32Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Multiples of 1/8 from -1 to 1 as half precision floats. */
function float16Bytes(values: readonly number[]): Uint8Array {
  const bits = values.map((value) => {
    const sign = value < 0 ? 0x8000 : 0;
    const size = Math.abs(value);
    const exponent = size === 0 ? 0 : Math.floor(Math.log2(size));
    return size === 0 ? sign : sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
  });
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

/** A safetensors file with a header of one's own and some bytes of data. */
async function writeRaw(path: string, header: string, dataBytes: number): Promise<void> {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]));
}

const f32 = (name: string, begin: number, end: number, shape: number[] = [(end - begin) / 4]) => ({
  [name]: { dtype: 'F32', shape, data_offsets: [begin, end] },
});

describe('a safetensors file', () => {
  it('is read back as it was written', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'model.safetensors');
    const bytes = await writeSafetensors(path, [
      tensor('a.weight', 'F32', [2, 3], float32Bytes([1, 2, 3, 4, 5, 6])),
      tensor('empty', 'I64', [0, 4], new Uint8Array()),
      tensor('scalar', 'U8', [], Uint8Array.of(7)),
      { name: 'später', dtype: 'F16', shape: [2], bytes: async () => float16Bytes([0.5, -1]) },
    ]);

    const file = await readFile(path);
    const header = await readSafetensorsHeader(path);
    expect(file).toHaveLength(bytes);
    expect([...header.keys()]).toEqual(['a.weight', 'empty', 'scalar', 'später']);
    const { offset, ...matrix } = header.get('a.weight')!;
    expect(matrix).toEqual({ dtype: 'F32', shape: [2, 3], bytes: 24, file: 'model.safetensors' });
    expect(offset % 8).toBe(0);
    expect([0, 4, 8].map((at) => file.readFloatLE(offset + at))).toEqual([1, 2, 3]);
    const scalar = header.get('scalar')!;
    expect(file[scalar.offset]).toBe(7);
    expect(header.get('später')!.offset).toBe(scalar.offset + 1);
    expect(JSON.parse(file.subarray(8, offset).toString())['__metadata__']).toEqual({
      format: 'pt',
    });
  });

  it('is one with others that an index names', async () => {
    await using scratch = await makeScratchDir();
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    await writeSafetensors(join(scratch.path, shards[0]!), [
      tensor('a', 'F32', [2], float32Bytes([1, 2])),
    ]);
    await writeSafetensors(join(scratch.path, shards[1]!), [
      tensor('b', 'F32', [1], float32Bytes([3])),
    ]);
    const index = join(scratch.path, 'model.safetensors.index.json');
    const writeIndex = (weightMap: Record<string, string>) =>
      writeFile(index, JSON.stringify({ metadata: { total_size: 12 }, weight_map: weightMap }));

    await writeIndex({ a: shards[0]!, b: shards[1]! });
    const header = await readSafetensorsHeader(index);
    expect([...header].map(([name, { file }]) => [name, file])).toEqual([
      ['a', shards[0]],
      ['b', shards[1]],
    ]);

    await writeIndex({ a: shards[0]!, c: shards[1]! });
    await expect(readSafetensorsHeader(index)).rejects.toThrow(/00002.safetensors has no c/);
    await writeIndex({ a: '../elsewhere.safetensors' });
    await expect(readSafetensorsHeader(index)).rejects.toThrow(RangeError);
  });

  it.each([
    ['overlap', { ...f32('a', 0, 8), ...f32('b', 4, 12) }, 12],
    ['leave a gap', { ...f32('a', 0, 4), ...f32('b', 8, 12) }, 12],
    ['do not begin at once', f32('a', 4, 8), 8],
    ['reach beyond the end of the file', f32('a', 0, 8), 4],
    ['end before the file does', f32('a', 0, 8), 12],
    ['have fewer bytes than their shape', f32('a', 0, 4, [2]), 4],
    ['end before they begin', f32('a', 4, 0, [1]), 4],
    ['have a negative size', f32('a', 0, 4, [-1, -1]), 4],
    ['are of an unknown type', { a: { dtype: 'F12', shape: [], data_offsets: [0, 4] } }, 4],
    ['lack their place', { a: { dtype: 'F32', shape: [] } }, 4],
  ])('is refused where its tensors %s', async (_, header, dataBytes) => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'model.safetensors');
    await writeRaw(path, JSON.stringify(header), dataBytes);
    await expect(readSafetensorsHeader(path)).rejects.toThrow(RangeError);
  });

  it('is refused where its header is cut short, too long, or no JSON object', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'model.safetensors');
    await writeSafetensors(path, [tensor('a', 'U8', [1], Uint8Array.of(1))]);
    for (const bytes of [60, 8, 3, 0]) {
      await truncate(path, bytes);
      await expect(readSafetensorsHeader(path)).rejects.toThrow(RangeError);
    }
    for (const header of ['null', '[1]', '"{}"', '{"a":']) {
      await writeRaw(path, header, 0);
      await expect(readSafetensorsHeader(path)).rejects.toThrow(RangeError);
    }
    await writeFile(path, Buffer.alloc(64, 0xff));
    await expect(readSafetensorsHeader(path)).rejects.toThrow(RangeError);
  });

  it('takes no two tensors of one name, and none whose bytes do not fit its shape', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'model.safetensors');
    const one = tensor('a', 'U8', [1], Uint8Array.of(1));
    await expect(writeSafetensors(path, [one, one])).rejects.toThrow(/only one a/);
    await expect(writeSafetensors(path, [{ ...one, shape: [2] }])).rejects.toThrow(
      /a is no U8 \[2\] in 1 bytes/,
    );
  });
});

describe('a weight in a safetensors file', () => {
  const INPUTS = 7;
  const OUTPUTS = 5;
  const values = eighths(INPUTS * OUTPUTS);
  const x = scattered(2 * INPUTS, 3);

  /** x @ weight, by hand. */
  const expected = [0, 1].flatMap((row) =>
    Array.from({ length: OUTPUTS }, (_, column) =>
      Array.from(
        { length: INPUTS },
        (_, i) => Math.fround(x[row * INPUTS + i]!) * values[i * OUTPUTS + column]!,
      ).reduce((sum, product) => sum + product, 0),
    ),
  );

  async function multiply(
    folder: string,
    weight: OnnxTensor,
    cast: readonly OnnxNode[],
  ): Promise<number[]> {
    const model = modelOf({
      nodes: [
        ...cast,
        { opType: 'MatMul', inputs: ['x', 'w'], outputs: ['y'], attributes: [], rest: [] },
      ],
      initializers: [weight],
      inputs: [tensorValue('x', ELEMENT.float32, [2, INPUTS])],
      outputs: [tensorValue('y', ELEMENT.float32, [2, OUTPUTS])],
    });
    const options = { threads: 1 };
    const session = await openSession(join(folder, 'graph.onnx'), options, writeModel(model));
    const { y } = await session.run({ x: floats(x, [2, INPUTS]) }, ['y']);
    await session.dispose();
    return [...((y as Tensor).data as Float32Array)];
  }

  /** Bytes before the weight, so that it begins nowhere special: other tensors, of an odd size. */
  it.each([
    ['F32', float32Bytes(values), 'w', 4, []],
    ['F32', float32Bytes(values), 'w', 4097, []],
    ['F16', float16Bytes(values), 'stored', 6, ['Cast']],
    ['F16', float16Bytes(values), 'stored', 9001, ['Cast']],
  ] as const)(
    'of %s is multiplied where it lies (%#)',
    async (dtype, bytes, name, bytesBefore, casts) => {
      await using scratch = await makeScratchDir();
      const path = join(scratch.path, 'model.safetensors');
      await writeSafetensors(path, [
        tensor('other', 'U8', [bytesBefore], new Uint8Array(bytesBefore).fill(0xaa)),
        tensor('layer.weight', dtype, [INPUTS, OUTPUTS], bytes),
        tensor('last', 'F32', [1], float32Bytes([1])),
      ]);
      const entry = (await readSafetensorsHeader(path)).get('layer.weight')!;
      expect(entry.offset % 4096).not.toBe(0);

      const product = await multiply(
        scratch.path,
        externalTensor(name, entry, 'model.safetensors'),
        casts.map((opType) => ({
          opType,
          inputs: ['stored'],
          outputs: ['w'],
          attributes: [intAttribute('to', ELEMENT.float32)],
          rest: [],
        })),
      );
      expect(product).toHaveLength(expected.length);
      for (const [index, value] of expected.entries()) {
        expect(product[index]).toBeCloseTo(value, 5);
      }
    },
  );
});
