import { describe, expect, it } from '@jest/globals';
import {
  type GraphBuilder,
  graphBuilder,
  type Value,
} from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  intAttribute,
  intsAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { fuseAttention } from '../../../../../gpu-container/src/onnx/rewrite/fused-attention.ts';
import { floats, modelOf, runModel, scattered } from '../graph/run-model.ts';

const OPSET = 13;
const BATCH = 2;
const POSITIONS = 5;
const HEADS = 3;
const HEAD_SIZE = 4;
const WIDTH = HEADS * HEAD_SIZE;

// Either sums up no more than a few dozen products of numbers up to one, in another order; each
// sum rounds by 2^-24 of itself.
const DIGITS = 5;

describe('fuseAttention', () => {
  it.each<[string, Partial<Make>]>([
    ['with the heads as further rows of the batch', { form: 'rows' }],
    ['with the heads as an axis', { form: 'axis' }],
    ['with keys turned in one step', { form: 'turned' }],
    ['with an axis of softmax that counts from the end', { form: 'rows', axis: -1 }],
    ['with weights that change their shape on the way', { form: 'rows', weights: reshaped }],
    ['of inputs that were rows before', { form: 'rows', source: fromRows }],
    ['of heads that are changed apart', { split: (g, heads) => g.mul(heads, g.float32(2)) }],
    ['whose result is made rows of', { form: 'axis', result: asRows }],
    ['of scores that are scaled', { scores: (g, scores) => g.mul(scores, g.float32(0.5)) }],
    ['of rows of scores that are scaled', { form: 'rows', scores: scaledFromLeft }],
    ['of scores that are divided', { scores: (g, scores) => g.div(scores, g.float32(3)) }],
  ])('computes attention %s as it is written out', async (_, make) => {
    const written = attention(make);
    const fused = fuseAttention(written, HEADS);

    expect(opTypes(fused).filter((opType) => /Softmax|MatMul|Transpose/.test(opType))).toEqual([]);
    expect(opTypes(fused)).toContain('MultiHeadAttention');
    await expectSame(fused, written);
  });

  it.each<[string, Partial<Make>]>([
    ['of queries that are changed after they were split', { queries: atPositions }],
    ['to keys that are changed after they were split', { keys: atPositions }],
    ['to keys that are scaled after they were turned', { turnedKeys: scaledFromLeft }],
  ])('computes attention %s as it is written out', async (_, make) => {
    const written = attention(make);
    const fused = fuseAttention(written, HEADS);

    expect(opTypes(fused).filter((opType) => /Softmax|MatMul/.test(opType))).toEqual([]);
    await expectSame(fused, written);
  });

  it.each(['split', 'scores', 'weights'] as const)(
    'keeps the %s of attention where something else reads them',
    async (alsoRead) => {
      const written = attention({ alsoRead });
      const fused = fuseAttention(written, HEADS);

      expect(opTypes(fused)).toContain('MultiHeadAttention');
      await expectSame(fused, written);
    },
  );

  it('fuses one attention after the other', async () => {
    const g = graphBuilder('g/', OPSET);
    const once = writeAttention(g, 'x', { form: 'rows' });
    const written = modelWith(g, writeAttention(g, once, { form: 'axis' }));
    const fused = fuseAttention(written, HEADS);

    expect(opTypes(fused).filter((type) => type === 'MultiHeadAttention')).toHaveLength(2);
    await expectSame(fused, written);
  });

  it.each<[string, Partial<Make>]>([
    ['masked', { scores: (g, scores) => g.add(scores, g.float32(-1)) }],
    ['with scores that are scaled by what only the run tells', { scores: scaledByLargest }],
    ['with scores that a number is divided by', { scores: (g, x) => g.div(g.float32(3), x) }],
    ['with rows of queries that are changed', { form: 'rows', queries: doubled }],
    ['with rows of keys that are changed', { form: 'rows', keys: doubled }],
    ['with the values changed after they were split', { values: doubled }],
    ['with weights that are scaled', { weights: (g, weights) => g.mul(weights, g.float32(0.5)) }],
    ['with weights that are turned', { weights: (g, weights) => turn(g, weights, [0, 1, 3, 2]) }],
    ['with weights whose axes are reversed', { weights: reversed }],
    ['along another axis', { axis: 2 }],
    ['along the axis that scores of three axes would have last', { form: 'turned', axis: 2 }],
    ['along no axis that is named', { axis: undefined }],
    ['to a part of the keys', { form: 'rows', keys: (g, keys) => g.slice(keys, 2, 1) }],
    ['with the weights on the right', { sum: (g, weights, values) => matMul(g, values, weights) }],
    ['to keys whose axes are reversed', { form: 'rows', keys: reversed }],
    ['with heads in another order', { join: [0, 1, 2, 3] }],
    ['with the positions last', { join: [0, 2, 3, 1] }],
  ])('leaves attention as it is %s', (_, make) => {
    const written = attention(make);
    expect(fuseAttention(written, HEADS)).toEqual(written);
  });

  it.each<[string, Partial<Make>]>([
    ['names them', { headShape: [BATCH, POSITIONS, HEADS, HEAD_SIZE] }],
    ['names their size alone', { headShape: [BATCH, POSITIONS, -1, HEAD_SIZE] }],
    ['is put together when the graph runs', { headShape: 'measured' }],
  ])('asks the shape how many heads there are, where it %s', async (_, make) => {
    const written = attention(make);
    const fused = fuseAttention(written);

    expect(opTypes(fused)).toContain('MultiHeadAttention');
    await expectSame(fused, written);
  });

  it('leaves attention as it is where no shape tells how many heads it has', () => {
    const written = attention({ headShape: 'unknown' });
    expect(fuseAttention(written)).toEqual(written);
    expect(opTypes(fuseAttention(written, HEADS))).toContain('MultiHeadAttention');
  });
});

/** How attention is written out, in as far as it is not the plainest way. */
type Make = {
  readonly form: 'rows' | 'axis' | 'turned';
  readonly axis: number | undefined;
  readonly source: Step;
  readonly split: Step;
  /** The shape that heads are split by. */
  readonly headShape: readonly number[] | 'measured' | 'unknown';
  readonly queries: Step;
  readonly keys: Step;
  readonly turnedKeys: Step;
  readonly values: Step;
  readonly scores: Step;
  readonly weights: Step;
  readonly sum: (g: GraphBuilder, weights: Value, values: Value) => Value;
  readonly join: readonly number[];
  readonly result: Step;
  /** What else the result depends on: the largest of these values. */
  readonly alsoRead: 'split' | 'scores' | 'weights';
};
type Step = (g: GraphBuilder, x: Value) => Value;

function attention(make: Partial<Make>): OnnxModel {
  const g = graphBuilder('g/', OPSET);
  return modelWith(g, writeAttention(g, 'x', make));
}

function modelWith(g: GraphBuilder, y: Value): OnnxModel {
  g.name(y, 'y');
  const graph: Partial<OnnxGraph> = {
    nodes: g.nodes,
    inputs: [tensorValue('x', ELEMENT.float32, [BATCH, POSITIONS, WIDTH])],
    outputs: [tensorValue('y', ELEMENT.float32)],
  };
  return modelOf(graph, OPSET);
}

/** Attention of x to itself: queries, keys and values are x, each weighted in its own way. */
function writeAttention(g: GraphBuilder, x: Value, make: Partial<Make>): Value {
  const same: Step = (_, value) => value;
  const { form = 'axis', source = same, split = same } = make;
  const { queries: changeQueries = same, keys = same, turnedKeys: changeTurned = same } = make;
  const { values: changeValues = same } = make;
  const { scores = same, weights = same, sum = matMul, join = [0, 2, 1, 3], result = same } = make;
  const axis = 'axis' in make ? make.axis : form === 'rows' ? 2 : 3;
  const isRows = form === 'rows';

  const heads = (scale: number, order: number[]) => {
    const scaled = source(g, g.mul(x, g.float32(scale)));
    const apart = split(g, splitHeads(g, scaled, make.headShape));
    const first = turn(g, apart, order);
    const heads = isRows ? g.reshape(first, BATCH * HEADS, -1, HEAD_SIZE) : first;
    return { apart, heads };
  };
  const queries = heads(1.5, [0, 2, 1, 3]);
  const turnedKeys =
    form === 'turned'
      ? heads(-0.7, [0, 2, 3, 1]).heads
      : turn(g, keys(g, heads(-0.7, [0, 2, 1, 3]).heads), isRows ? [0, 2, 1] : [0, 1, 3, 2]);
  const values = changeValues(g, heads(0.9, [0, 2, 1, 3]).heads);

  const seen = changeQueries(g, queries.heads);
  const product = scores(g, matMul(g, seen, changeTurned(g, turnedKeys)));
  const attending = softmax(g, product, axis);
  const attended = sum(g, weights(g, attending), values);
  const apart = isRows ? g.reshape(attended, BATCH, HEADS, POSITIONS, HEAD_SIZE) : attended;
  const joined = result(g, g.reshape(turn(g, apart, join), BATCH, POSITIONS, WIDTH));
  if (!make.alsoRead) {
    return joined;
  }
  const read = { split: queries.apart, scores: product, weights: attending }[make.alsoRead];
  return g.add(joined, g.reduce('ReduceMax', read, 0, 1, 2, 3));
}

function splitHeads(
  g: GraphBuilder,
  x: Value,
  shape: Make['headShape'] = [BATCH, POSITIONS, HEADS, HEAD_SIZE],
) {
  if (typeof shape === 'object') {
    return g.reshape(x, ...shape);
  }
  const measured = g.slice(g.shape(x), 0, 0, 2);
  const told = g.concat([measured, g.int64s(-1), g.int64s(HEAD_SIZE)], 0);
  const unknown = g.concat([measured, g.add(g.int64s(HEADS), g.int64s(0)), g.int64s(-1)], 0);
  return g.op('Reshape', [x, shape === 'measured' ? told : unknown]);
}

function doubled(g: GraphBuilder, x: Value): Value {
  return g.mul(x, g.float32(2));
}

function scaledFromLeft(g: GraphBuilder, x: Value): Value {
  return g.mul(g.float32(0.5), x);
}

function scaledByLargest(g: GraphBuilder, x: Value): Value {
  return g.mul(x, g.reduce('ReduceMax', x, 0, 1, 2, 3));
}

/** Numbers that differ from position to position, as those that tell where one is. */
function atPositions(g: GraphBuilder, heads: Value): Value {
  const angles = Float32Array.from({ length: POSITIONS * HEAD_SIZE }, (_, at) => Math.cos(at));
  return g.mul(heads, g.float32s(angles, 1, 1, POSITIONS, HEAD_SIZE));
}

function turn(g: GraphBuilder, x: Value, order: readonly number[]): Value {
  return node(g, 'Transpose', [x], intsAttribute('perm', order));
}

function reversed(g: GraphBuilder, x: Value): Value {
  return node(g, 'Transpose', [x]);
}

function matMul(g: GraphBuilder, a: Value, b: Value): Value {
  return node(g, 'MatMul', [a, b]);
}

function softmax(g: GraphBuilder, x: Value, axis: number | undefined): Value {
  return node(g, 'Softmax', [x], ...(axis === undefined ? [] : [intAttribute('axis', axis)]));
}

function node(g: GraphBuilder, opType: string, inputs: Value[], ...attributes: OnnxAttribute[]) {
  const output = `${opType}_${g.nodes.length}`;
  g.push({ opType, inputs, outputs: [output], attributes, rest: [] });
  return output;
}

/** To the shape that exports tell weights in, and back. */
function reshaped(g: GraphBuilder, weights: Value): Value {
  const told = g.reshape(weights, BATCH, HEADS, POSITIONS, POSITIONS);
  return g.reshape(told, BATCH * HEADS, POSITIONS, POSITIONS);
}

/** To rows, which a linear layer may be computed of. */
function fromRows(g: GraphBuilder, x: Value): Value {
  return g.reshape(x, BATCH * POSITIONS, WIDTH);
}

function asRows(g: GraphBuilder, x: Value): Value {
  const rows = g.reshape(x, BATCH * POSITIONS, WIDTH);
  return node(g, 'Gemm', [rows, rows], intAttribute('transB', 1));
}

function opTypes({ graph }: OnnxModel): string[] {
  return graph.nodes.map(({ opType }) => opType);
}

async function expectSame(fused: OnnxModel, written: OnnxModel): Promise<void> {
  const x = floats(scattered(BATCH * POSITIONS * WIDTH), [BATCH, POSITIONS, WIDTH]);
  const expected = await runModel(written, { x });
  const numbers = await runModel(fused, { x });
  expect(numbers).toHaveLength(expected.length);
  for (const [index, number] of numbers.entries()) {
    expect(number).toBeCloseTo(expected[index]!, DIGITS);
  }
}
