/// <reference lib="esnext.float16" />
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import {
  asFloatType,
  floatsOf,
  floatTensor,
  floatTypeOf,
} from '../../../../gpu-container/src/onnx/float-tensor.ts';
import { ELEMENT, tensorValue } from '../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeModel } from '../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { type OnnxSession, openSession } from '../../../../gpu-container/src/onnx/session.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const OPSET = 17;
const IR_VERSION = 8;

/** A model in half precision that adds two inputs up and hands a third one through. */
function halfPrecisionModel(): Uint8Array {
  const half = (name: string) => tensorValue(name, ELEMENT.float16, ['batch', 'length']);
  const node = (opType: string, inputs: string[], output: string) => ({
    opType,
    inputs,
    outputs: [output],
    attributes: [],
    rest: [],
  });
  return writeModel({
    opset: OPSET,
    graph: {
      name: 'half precision',
      nodes: [node('Add', ['a', 'b'], 'sum'), node('Identity', ['ids'], 'same ids')],
      initializers: [],
      inputs: [half('a'), half('b'), tensorValue('ids', ELEMENT.int64, ['length'])],
      outputs: [half('sum'), tensorValue('same ids', ELEMENT.int64, ['length'])],
      rest: [],
    },
    rest: [varintField(1, IR_VERSION), lengthDelimitedField(8, [varintField(2, OPSET)])],
  });
}

describe('a model in half precision', () => {
  const scratch = new AsyncDisposableStack();
  let session: OnnxSession;

  beforeAll(async () => {
    const { path } = scratch.use(await makeScratchDir());
    await writeFile(join(path, 'half.onnx'), halfPrecisionModel());
    session = await openSession(join(path, 'half.onnx'), { threads: 1 });
  });

  afterAll(async () => {
    await session.dispose();
    await scratch.disposeAsync();
  });

  const add = async (a: Tensor, b: Tensor) => {
    const ids = new Tensor('int64', BigInt64Array.of(7n), [1]);
    return (await session.run({ a, b, ids }, ['sum'])).sum;
  };

  it('says what its inputs are', () => {
    expect(floatTypeOf(session, 'a')).toBe('float16');
    expect(session.inputs.get('a')?.shape).toEqual(['batch', 'length']);
    expect(() => floatTypeOf(session, 'ids')).toThrow('int64');
    expect(() => floatTypeOf(session, 'absent')).toThrow('no such input');
  });

  it('computes on numbers of single precision', async () => {
    const a = floatTensor('float16', Float32Array.of(1.5, -2, 1 / 3, 100), [2, 2]);
    const sum = await add(a, floatTensor('float16', Float32Array.of(1, 1, 1, 0.25), [2, 2]));

    expect(sum.dims).toEqual([2, 2]);
    expect(floatsOf(sum)).toBeInstanceOf(Float32Array);
    expect([...floatsOf(sum)].map((value) => value.toFixed(3))).toEqual([
      '2.500',
      '-1.000',
      '1.333',
      '100.250',
    ]);
  });

  it('takes its own outputs back, as a cache is', async () => {
    const one = floatTensor('float16', Float32Array.of(1, 2, 3), [1, 3]);
    let sum = one;
    for (let step = 0; step < 3; step++) {
      sum = await add(sum, one);
    }
    expect([...floatsOf(sum)]).toEqual([4, 8, 12]);
  });

  it('takes part of an array', async () => {
    const whole = new Float16Array([9, 9, 1, 2]).subarray(2) as unknown as Uint16Array;
    const part = new Tensor('float16', whole, [1, 2]);

    expect([...floatsOf(await add(part, part))]).toEqual([2, 4]);
  });

  it('takes an empty cache', async () => {
    const nothing = floatTensor('float16', new Float32Array(0), [1, 0]);
    expect((await add(nothing, nothing)).dims).toEqual([1, 0]);
  });
});

describe('float tensors', () => {
  it('share the memory of numbers in single precision', () => {
    const values = Float32Array.of(1, 2);
    expect(floatsOf(floatTensor('float32', values, [2]))).toBe(values);
  });

  it('round to half precision', () => {
    const tensor = floatTensor('float16', Float32Array.of(0.1, 65_504, -1e-8), [3]);
    const [tenth, largest, tiny] = floatsOf(tensor);

    expect(tenth).toBeCloseTo(0.1, 4);
    expect(tenth).not.toBe(Math.fround(0.1));
    expect(largest).toBe(65_504);
    expect(tiny).toBe(-0);
  });

  it('change precision only where they have another', () => {
    const single = floatTensor('float32', Float32Array.of(1.5, 2), [1, 2]);
    const half = asFloatType(single, 'float16');

    expect(asFloatType(single, 'float32')).toBe(single);
    expect(half).toMatchObject({ type: 'float16', dims: [1, 2] });
    expect(asFloatType(half, 'float16')).toBe(half);
    expect([...floatsOf(asFloatType(half, 'float32'))]).toEqual([1.5, 2]);
  });
});
