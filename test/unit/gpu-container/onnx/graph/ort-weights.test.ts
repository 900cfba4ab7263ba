import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Builder } from 'flatbuffers';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { readOrtWeights } from '../../../../../gpu-container/src/onnx/graph/ort-weights.ts';

/** Of onnxruntime's TensorDataType. */
const FLOAT32 = 1;
const INT64 = 7;

type Weight = {
  name: string;
  shape?: readonly number[];
  type?: number;
  bytes?: Uint8Array;
};

/** How many fields the schema gives each table, and which of them matter here. */
const SESSION = { fields: 4, model: 1 };
const MODEL = { fields: 10, graph: 7 };
const GRAPH = { fields: 8, initializers: 0 };
const TENSOR = { fields: 7, name: 0, dims: 2, dataType: 3, rawData: 4 };

/** A model with these initializers and nothing else, as onnxruntime would save it. */
function ortModel(weights: readonly Weight[], identifier = 'ORTM'): Uint8Array {
  const builder = new Builder();
  const tensors = weights.map((weight) => tensor(builder, weight));
  builder.startVector(4, tensors.length, 4);
  for (const offset of tensors.toReversed()) {
    builder.addOffset(offset);
  }
  const initializers = builder.endVector();
  builder.startObject(GRAPH.fields);
  builder.addFieldOffset(GRAPH.initializers, initializers, 0);
  const graph = builder.endObject();
  builder.finish(inSession(builder, graph), identifier);
  return builder.asUint8Array();
}

function inSession(builder: Builder, graph: number): number {
  builder.startObject(MODEL.fields);
  builder.addFieldOffset(MODEL.graph, graph, 0);
  const model = builder.endObject();
  builder.startObject(SESSION.fields);
  builder.addFieldOffset(SESSION.model, model, 0);
  return builder.endObject();
}

function tensor(builder: Builder, { name, shape, type = FLOAT32, bytes }: Weight): number {
  const nameAt = builder.createString(name);
  const data = bytes === undefined ? 0 : builder.createByteVector(bytes);
  builder.startVector(8, shape?.length ?? 0, 8);
  for (const size of shape?.toReversed() ?? []) {
    builder.addInt64(BigInt(size));
  }
  const dims = builder.endVector();
  builder.startObject(TENSOR.fields);
  builder.addFieldOffset(TENSOR.name, nameAt, 0);
  if (shape !== undefined) {
    builder.addFieldOffset(TENSOR.dims, dims, 0);
  }
  builder.addFieldInt32(TENSOR.dataType, type, 0);
  builder.addFieldOffset(TENSOR.rawData, data, 0);
  return builder.endObject();
}

const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('reading the weights of a model in the ORT format', () => {
  const model = ortModel([
    { name: 'scale', shape: [], bytes: bytesOf(0.5) },
    { name: 'matrix', shape: [2, 3], bytes: bytesOf(1, -2, 3, -4, 5, -6) },
    { name: 'axes', shape: [1], type: INT64, bytes: new Uint8Array(8) },
    { name: 'elsewhere', shape: [1] },
    { name: 'shapeless', bytes: bytesOf(7) },
  ]);

  it('gives those of 32-bit floats, by name, with their shapes', () => {
    expect([...readOrtWeights(model)]).toEqual([
      ['scale', { shape: [], values: Float32Array.of(0.5) }],
      ['matrix', { shape: [2, 3], values: Float32Array.of(1, -2, 3, -4, 5, -6) }],
      ['shapeless', { shape: [], values: Float32Array.of(7) }],
    ]);
  });

  it('does not care where in memory the file lies', () => {
    const expected = readOrtWeights(model);
    for (const offset of [0, 1, 2, 3]) {
      const file = Buffer.concat([Buffer.alloc(offset), model, Buffer.alloc(5)]);
      const view = file.subarray(offset, offset + model.length);
      expect(readOrtWeights(view)).toEqual(expected);
    }
  });

  it('gives numbers that outlive the bytes they were read from', () => {
    const bytes = Uint8Array.from(model);
    const weights = readOrtWeights(bytes);
    bytes.fill(0);
    expect(weights.get('matrix')!.values[5]).toBe(-6);
  });

  it('reads the weights of a published model', async () => {
    const files = await modelStoreFromEnvironment().pull('pyannote-embedding');
    const weights = readOrtWeights(await readFile(files.file('model.ort')));

    expect(weights.size).toBeGreaterThan(40);
    for (const { shape, values } of weights.values()) {
      expect(values).toHaveLength(shape.reduce((count, size) => count * size, 1));
    }
    expect(weights.get('embedding.weight')!.shape).toEqual([512, 3000]);
    const variances = weights.get('tdnns.2.running_var')!.values;
    expect(variances.every((variance) => variance >= 0 && Number.isFinite(variance))).toBe(true);
  });

  it('refuses bytes that are no such model', () => {
    const bodyless = new Builder();
    bodyless.startObject(SESSION.fields);
    bodyless.finish(bodyless.endObject(), 'ORTM');
    const graphless = new Builder();
    graphless.startObject(MODEL.fields);
    const empty = graphless.endObject();
    graphless.startObject(SESSION.fields);
    graphless.addFieldOffset(SESSION.model, empty, 0);
    graphless.finish(graphless.endObject(), 'ORTM');

    for (const bytes of [
      new Uint8Array(),
      new TextEncoder().encode('ORTM'),
      new TextEncoder().encode('<!doctype html><title>Not found</title>'),
      ortModel([], 'TFL3'),
      bodyless.asUint8Array(),
      graphless.asUint8Array(),
    ]) {
      expect(() => readOrtWeights(bytes)).toThrow(RangeError);
    }
  });

  it('finds no weights in a graph without any', () => {
    expect(readOrtWeights(ortModel([])).size).toBe(0);
  });
});
