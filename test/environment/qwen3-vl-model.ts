import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { graphBuilder, type Value } from '../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  intAttribute,
  intsAttribute,
  tensorAttribute,
  tensorValue,
} from '../../gpu-container/src/onnx/graph/literals.ts';
import { type OnnxGraph, writeModel } from '../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../gpu-container/src/onnx/graph/wire-format.ts';
import { QWEN3_VL_TOKENIZER, VOCABULARY_SIZE } from './qwen3-vl-tokenizer.ts';

/**
 * A small network with the inputs and outputs of an exported Qwen3-VL-Embedding. It knows
 * nothing, but what it says depends on every input: on each pixel and where it is, on
 * each token, where it is and what comes before it, and on nothing that is padding.
 */
export const INNER = 8;
export const HIDDEN = 2_048;
export const LEVELS = 3;
/** What the tokens before count, for each. */
export const MEMORY = 0.05;

const PATCH_LENGTH = 1_536;
const PATCHES_PER_TOKEN = 4;
const TABLE_ROWS = 48 * 48;

export type Matrix = {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
};

/** The weights, the same every time. */
export const QWEN3_VL_WEIGHTS = (() => {
  const random = seededNormal(2_026);
  const matrix = (rows: number, columns: number, deviation = rows ** -0.5): Matrix => ({
    rows,
    columns,
    values: Float32Array.from({ length: rows * columns }, () => deviation * random()),
  });
  return {
    patch: matrix(PATCH_LENGTH, INNER),
    table: matrix(TABLE_ROWS, INNER, 0.5),
    place: matrix(2, INNER, 0.3),
    merge: matrix(PATCHES_PER_TOKEN * INNER, INNER),
    levels: Array.from({ length: LEVELS }, () => matrix(INNER, INNER)),
    tokens: matrix(VOCABULARY_SIZE, INNER, 1),
    rope: matrix(3, INNER, 0.3),
    widen: matrix(INNER, HIDDEN),
  };
})();

const W = QWEN3_VL_WEIGHTS;
const OPSET = 16;
const IR_VERSION = 8;

/** Operators that a graph of these networks needs beyond the builder's. */
function networkBuilder() {
  const g = graphBuilder('', OPSET);
  let made = 0;
  const op = (
    opType: string,
    inputs: Value[],
    ...attributes: ReturnType<typeof intAttribute>[]
  ) => {
    const output = `${opType}/${made++}`;
    g.push({ opType, inputs, outputs: [output], attributes, rest: [] });
    return output;
  };
  const weight = ({ rows, columns, values }: Matrix) =>
    op('Constant', [], tensorAttribute('value', ELEMENT.float32, values, [rows, columns]));
  return {
    ...g,
    op,
    weight,
    times: (x: Value, matrix: Matrix) => op('MatMul', [x, weight(matrix)]),
    tanh: (x: Value) => op('Tanh', [x]),
    sin: (x: Value) => op('Sin', [x]),
    floats: (x: Value) => g.cast(x, ELEMENT.float32),
    unsqueeze: (x: Value, axis: number) => op('Unsqueeze', [x, g.int64s(axis)]),
  };
}

/** pixel_values [slices, patches, 1536] → image_embeds [slices, tokens, 2048], deepstack_embeds [3, slices, tokens, 2048] */
export function visionModel(): Uint8Array {
  const g = networkBuilder();
  const corners = g.gather(g.weight(W.table), 'interpolation_indices', 0);
  const learned = g.op(
    'ReduceSum',
    [g.mul(corners, g.unsqueeze('interpolation_weights', 2)), g.int64s(1)],
    intAttribute('keepdims', 0),
  );
  const place = g.sin(g.times(g.floats('position_ids'), W.place));
  const patches = g.tanh(g.add(g.times('pixel_values', W.patch), g.add(learned, place)));
  const whole = g.op('ReduceMean', [patches], intsAttribute('axes', [1]));
  const squares = g.reshape(g.add(patches, whole), 0, -1, PATCHES_PER_TOKEN * INNER);
  const tokens = g.tanh(g.times(squares, W.merge));
  g.name(g.times(tokens, W.widen), 'image_embeds');
  const levels = W.levels.map((level) => g.unsqueeze(g.times(g.times(tokens, level), W.widen), 0));
  g.name(g.concat(levels, 0), 'deepstack_embeds');
  return modelOf({
    name: 'tiny-qwen3-vl-vision',
    nodes: g.nodes,
    initializers: [],
    inputs: [
      tensorValue('pixel_values', ELEMENT.float32, ['slices', 'patches', PATCH_LENGTH]),
      tensorValue('position_ids', ELEMENT.int64, ['patches', 2]),
      tensorValue('interpolation_indices', ELEMENT.int64, ['patches', 4]),
      tensorValue('interpolation_weights', ELEMENT.float32, ['patches', 4]),
    ],
    outputs: [
      tensorValue('image_embeds', ELEMENT.float32, ['slices', 'tokens', HIDDEN]),
      tensorValue('deepstack_embeds', ELEMENT.float32, [LEVELS, 'slices', 'tokens', HIDDEN]),
    ],
    rest: [],
  });
}

/** Prompts and the rows that go in place of their visual tokens → last_token [prompts, 2048] */
export function textModel(): Uint8Array {
  const g = networkBuilder();
  const mask = g.unsqueeze(g.floats('attention_mask'), 2);
  const embedded = g.times(g.gather(g.weight(W.tokens), 'input_ids', 0), W.widen);
  const isVisual = g.unsqueeze(g.greater('visual_rows', g.int64(0)), 2);
  const seen = g.gather('visual_embeds', 'visual_rows', 0);
  const places = g.op('Transpose', [g.floats('position_ids')], intsAttribute('perm', [1, 2, 0]));
  const turned = g.times(g.sin(g.times(places, W.rope)), W.widen);
  let hidden = g.tanh(g.add(g.where(isVisual, seen, embedded), turned));
  for (let level = 0; level < LEVELS; level++) {
    const past = g.op('CumSum', [g.mul(hidden, mask), g.int64(1)]);
    const remembered = g.tanh(g.add(hidden, g.mul(past, g.float32(MEMORY))));
    const deeper = g.gather(g.gather('deepstack_embeds', g.int64(level), 0), 'visual_rows', 0);
    hidden = g.add(remembered, deeper);
  }
  const lengths = g.op('ReduceSum', ['attention_mask', g.int64s(1)], intAttribute('keepdims', 1));
  const last = g.sub(lengths, g.int64(1));
  const lastToken = g.op('GatherND', [hidden, last], intAttribute('batch_dims', 1));
  g.name(lastToken, 'last_token');
  const tokens = ['prompts', 'width'];
  return modelOf({
    name: 'tiny-qwen3-vl-text',
    nodes: g.nodes,
    initializers: [],
    inputs: [
      tensorValue('input_ids', ELEMENT.int64, tokens),
      tensorValue('attention_mask', ELEMENT.int64, tokens),
      tensorValue('position_ids', ELEMENT.int64, [3, ...tokens]),
      tensorValue('visual_rows', ELEMENT.int64, tokens),
      tensorValue('visual_embeds', ELEMENT.float32, ['rows', HIDDEN]),
      tensorValue('deepstack_embeds', ELEMENT.float32, [LEVELS, 'rows', HIDDEN]),
    ],
    outputs: [tensorValue('last_token', ELEMENT.float32, ['prompts', HIDDEN])],
    rest: [],
  });
}

/**
 * Writes a Qwen3-VL-Embedding where REELSCRIBE_MODELS has it: `<id>/vision.onnx` and the
 * other files of its catalog entry. The weights are in the graphs themselves, so
 * that the files beside them hold nothing.
 */
export async function writeTinyQwen3Vl(
  modelsDir: string,
  id = 'qwen3-vl-embedding-2b-q8',
): Promise<void> {
  const files = {
    'vision.onnx': visionModel(),
    'vision.onnx_data': '\n',
    'text.onnx': textModel(),
    'text.onnx_data': '\n',
    'tokenizer.json': JSON.stringify(QWEN3_VL_TOKENIZER),
  };
  await mkdir(join(modelsDir, id), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(modelsDir, id, name), content);
  }
}

function modelOf(graph: OnnxGraph): Uint8Array {
  return writeModel({
    opset: OPSET,
    graph,
    rest: [varintField(1, IR_VERSION), lengthDelimitedField(8, [varintField(2, OPSET)])],
  });
}

/** Normally distributed numbers, by Box and Muller. */
function seededNormal(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
