import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openExport } from '../../../../../gpu-container/src/models/prepare/exported-weights.ts';
import {
  ELEMENT,
  graphAttribute,
  intAttribute,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { modelOf, weight, weightBeside } from '../../onnx/graph/run-model.ts';

// Field numbers of onnx.proto.
const NODE_NAME = 3;
const TENSOR = { dims: 1, elementType: 2, floatData: 4, int32Data: 5, externalData: 13 };

const FC1 = { name: 'model.encoder.layers.0.fc1.weight', shape: [3, 2] };
/** FC1 as it is published, [outputs, inputs], and as x @ w reads it. */
const PUBLISHED = [1, 4, 2, 5, 3, 6];
const MULTIPLIED = [1, 2, 3, 4, 5, 6];

function node(
  name: string,
  opType: string,
  inputs: readonly string[],
  ...attributes: OnnxAttribute[]
): OnnxNode {
  const rest = [lengthDelimitedField(NODE_NAME, name)];
  return { opType, inputs, outputs: [`${name}_output`], attributes, rest };
}

const float32 = (name: string, numbers: readonly number[], shape: readonly number[]) =>
  weight(name, ELEMENT.float32, Float32Array.from(numbers), shape);

/** Raw bytes of 8-bit integers. */
const bytes = (name: string, elementType: number, numbers: Uint8Array, shape: readonly number[]) =>
  weight(name, elementType, numbers as unknown as Uint16Array, shape);

async function read(
  { name, shape }: { name: string; shape: readonly number[] },
  graph: Partial<OnnxGraph>,
  data?: Uint8Array,
): Promise<number[]> {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'encoder.onnx');
  await writeFile(path, writeModel(modelOf(graph)));
  if (data) {
    await writeFile(join(scratch.path, 'model.onnx_data'), data);
  }
  return [...(await (await openExport(path))({ name, shape }))];
}

describe('the weight of a linear layer', () => {
  const product = node('/layers.0/fc1/MatMul', 'MatMul', ['x', 'onnx::MatMul_7']);

  it('is what a product in its scope reads, turned', async () => {
    const other = node('/layers.1/fc1/MatMul', 'MatMul', ['x', 'onnx::MatMul_8']);
    const initializers = [
      float32('onnx::MatMul_8', [9, 9, 9, 9, 9, 9], [2, 3]),
      float32('onnx::MatMul_7', MULTIPLIED, [2, 3]),
    ];
    expect(await read(FC1, { nodes: [other, product], initializers })).toEqual(PUBLISHED);
  });

  it.each([['/model/encoder/layers.0/fc1/MatMul'], ['/encoder/layers.0/fc1/MatMul']])(
    'is found wherever the exporter put the encoder (%s)',
    async (name) => {
      const nodes = [node(name, 'MatMul', ['x', 'w'])];
      const initializers = [float32('w', MULTIPLIED, [2, 3])];
      expect(await read(FC1, { nodes, initializers })).toEqual(PUBLISHED);
    },
  );

  it('is found in a branch, whose graph or the one around it has the numbers', async () => {
    const initializers = [float32('onnx::MatMul_7', MULTIPLIED, [2, 3])];
    const branch = (own: Partial<OnnxGraph>) =>
      node(
        '',
        'If',
        ['c'],
        graphAttribute('then_branch', modelOf({ nodes: [product], ...own }).graph),
      );
    expect(await read(FC1, { nodes: [branch({ initializers })] })).toEqual(PUBLISHED);
    expect(await read(FC1, { nodes: [branch({})], initializers })).toEqual(PUBLISHED);
  });

  it('is not turned where the product turns it', async () => {
    const initializers = [float32('w', PUBLISHED, [3, 2])];
    const gemm = node('/layers.0/fc1/Gemm', 'Gemm', ['x', 'w', 'b'], intAttribute('transB', 1));
    expect(await read(FC1, { nodes: [gemm], initializers })).toEqual(PUBLISHED);

    const turn = node('/layers.0/fc1/Transpose', 'Transpose', ['w']);
    const matMul = node('/layers.0/fc1/MatMul', 'MatMul', ['x', turn.outputs[0]!]);
    expect(await read(FC1, { nodes: [turn, matMul], initializers })).toEqual(PUBLISHED);
  });

  it('is read through a cast, in half precision', async () => {
    // 1, 2, 3, 4, 5 and 6 as half precision floats.
    const halves = Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600);
    const cast = node('cast', 'Cast', ['w']);
    const nodes = [cast, node('/layers.0/fc1/MatMul', 'MatMul', ['x', cast.outputs[0]!])];
    const initializers = [weight('w', ELEMENT.float16, halves, [2, 3])];
    expect(await read(FC1, { nodes, initializers })).toEqual(PUBLISHED);
  });

  it('is what the integers of a quantised product stand for, column by column', async () => {
    const inputs = ['x_quantized', 'w_quantized', 'x_zero_point', 'w_zero_point'];
    const nodes = [node('/layers.0/fc1/MatMul_quant', 'MatMulInteger', inputs)];
    const initializers = [
      bytes('w_quantized', ELEMENT.uint8, Uint8Array.of(10, 20, 30, 11, 22, 33), [2, 3]),
      bytes('w_zero_point', ELEMENT.uint8, Uint8Array.of(10, 20, 30), [3]),
      float32('w_scale', [1, 10, 100], [3]),
    ];
    expect(await read(FC1, { nodes, initializers })).toEqual([0, 1, 0, 20, 0, 300]);
  });

  it('is what a DequantizeLinear makes of it, along the axis it names', async () => {
    const dequantize = node(
      'dequantize',
      'DequantizeLinear',
      ['integers', 'steps', 'zero'],
      intAttribute('axis', -2),
    );
    const product = node('/layers.0/fc1/MatMul', 'MatMul', ['x', dequantize.outputs[0]!]);
    const initializers = [
      bytes('integers', ELEMENT.int8, Uint8Array.of(1, 2, 0xff, 1, 2, 3), [2, 3]),
      bytes('zero', ELEMENT.int8, Uint8Array.of(0, 1), [2]),
      float32('steps', [1, 10], [2]),
    ];
    expect(await read(FC1, { nodes: [dequantize, product], initializers })).toEqual([
      1, 0, 2, 10, -1, 20,
    ]);
  });

  it('is refused where it is lacking, of another shape, or of integers without a scale', async () => {
    await expect(read(FC1, { nodes: [product] })).rejects.toThrow(
      'encoder.onnx has no model.encoder.layers.0.fc1.weight [3,2]',
    );
    const turned = [float32('onnx::MatMul_7', MULTIPLIED, [3, 2])];
    await expect(read(FC1, { nodes: [product], initializers: turned })).rejects.toThrow(
      /as \[3,2\] instead of \[2,3\]/,
    );
    const unscaled = [bytes('onnx::MatMul_7', ELEMENT.uint8, new Uint8Array(6), [2, 3])];
    await expect(read(FC1, { nodes: [product], initializers: unscaled })).rejects.toThrow(
      /onnx::MatMul_7 holds integers of unknown scale/,
    );
  });

  it('is never taken by its name alone, which tells not how it lies', async () => {
    const initializers = [float32('layers.0.fc1.weight', PUBLISHED, [3, 2])];
    await expect(read(FC1, { initializers })).rejects.toThrow(RangeError);
  });
});

describe('another weight', () => {
  const BIAS = { name: 'model.decoder.layers.0.fc1.bias', shape: [3] };
  const POSITIONS = { name: 'model.encoder.embed_positions.weight', shape: [2, 3] };

  it('is known by its name, whatever a merger of graphs put behind it', async () => {
    const initializers = [float32('model.decoder.layers.0.fc1.bias_merged_0', [1, 2, 3], [3])];
    expect(await read(BIAS, { initializers })).toEqual([1, 2, 3]);
  });

  it('is known by its scope, where an exporter shared it with equal ones', async () => {
    const initializers = [float32('layers.7.fc1.bias', [1, 2, 3], [3])];
    const add = node('/layers.0/fc1/Add', 'Add', ['layers.7.fc1.bias', 'x']);
    expect(await read(BIAS, { nodes: [add], initializers })).toEqual([1, 2, 3]);

    const norm = { name: 'model.encoder.layer_norm.bias', shape: [3] };
    const inputs = ['x', 'scale', 'layers.7.fc1.bias'];
    const nodes = [node('/layer_norm/LayerNormalization', 'LayerNormalization', inputs)];
    expect(await read(norm, { nodes, initializers })).toEqual([1, 2, 3]);
  });

  it('is known by its shape, where it is a table and no other has that', async () => {
    const table = float32('onnx::Add_224', MULTIPLIED, [2, 3]);
    const other = float32('onnx::MatMul_7', PUBLISHED, [3, 2]);
    expect(await read(POSITIONS, { initializers: [other, table] })).toEqual(MULTIPLIED);

    const twin = float32('onnx::MatMul_8', PUBLISHED, [2, 3]);
    await expect(read(POSITIONS, { initializers: [twin, table] })).rejects.toThrow(RangeError);
  });

  const described = (elementType: number, ...rest: OnnxTensor['rest']): OnnxTensor => ({
    name: 'embed_positions.weight',
    rest: [
      varintField(TENSOR.dims, 2),
      varintField(TENSOR.dims, 3),
      varintField(TENSOR.elementType, elementType),
      ...rest,
    ],
  });
  const floats = new Uint8Array(Float32Array.from(MULTIPLIED).buffer);

  it('is read from a list of numbers', async () => {
    const packed = described(ELEMENT.float32, lengthDelimitedField(TENSOR.floatData, floats));
    expect(await read(POSITIONS, { initializers: [packed] })).toEqual(MULTIPLIED);

    const halves = [0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0xc600];
    const bits = halves.map((half) => varintField(TENSOR.int32Data, half));
    const wholes = described(ELEMENT.float16, ...bits);
    expect(await read(POSITIONS, { initializers: [wholes] })).toEqual([1, 2, 3, 4, 5, -6]);
  });

  it('is read from a file beside the model', async () => {
    const name = 'embed_positions.weight';
    const whole = weightBeside(name, ELEMENT.float32, [2, 3]);
    expect(await read(POSITIONS, { initializers: [whole] }, floats)).toEqual(MULTIPLIED);

    const property = (key: string, value: string) =>
      lengthDelimitedField(TENSOR.externalData, [
        lengthDelimitedField(1, key),
        lengthDelimitedField(2, value),
      ]);
    const range = [property('offset', '5'), property('length', '24')];
    const part = { name, rest: [...whole.rest, ...range] };
    const file = Buffer.concat([Buffer.alloc(5), floats, Buffer.alloc(9)]);
    expect(await read(POSITIONS, { initializers: [part] }, file)).toEqual(MULTIPLIED);
    await expect(read(POSITIONS, { initializers: [part] }, file.subarray(0, 12))).rejects.toThrow(
      /has 7 bytes for 6 numbers/,
    );

    const elsewhere = described(ELEMENT.float32, property('location', '../model.onnx_data'));
    await expect(read(POSITIONS, { initializers: [elsewhere] }, floats)).rejects.toThrow(
      /no file beside the model/,
    );
  });

  it('is refused where its numbers are neither floats nor 8-bit integers', async () => {
    const wholes = weight('embed_positions.weight', ELEMENT.int32, new Int32Array(6), [2, 3]);
    await expect(read(POSITIONS, { initializers: [wholes] })).rejects.toThrow(RangeError);
  });
});
