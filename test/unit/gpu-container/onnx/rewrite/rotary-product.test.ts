import { describe, expect, it } from '@jest/globals';
import {
  type GraphBuilder,
  graphBuilder,
  type Value,
} from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import type { OnnxModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { rotateByProduct } from '../../../../../gpu-container/src/onnx/rewrite/rotary-product.ts';
import { floats, modelOf, runModel, scattered } from '../graph/run-model.ts';

const OPSET = 17;
const [BATCH, POSITIONS, HEADS] = [2, 5, 3];

describe('rotateByProduct', () => {
  it.each<[string, Partial<Make>]>([
    ['by several kinds of position, of which some numbers of a head are left', {}],
    ['by one kind of position', { sizes: [8], headSize: 8 }],
    ['with no numbers of a head left', { headSize: 8 }],
    ['with axes that count from the end', { lastOfHeads: -1, lastOfPairs: -1 }],
    ['with the terms and factors the other way round', { isTurnedRound: true }],
    ['in the operator set that casts by example', { opset: 15 }],
  ])('turns numbers %s, to the bit', async (_, make) => {
    const written = rotation(make);
    const rewritten = rotateByProduct(written);
    expect(opTypes(rewritten)).not.toContain('Neg');
    expect(opTypes(rewritten)).toContain('MatMul');
    expect(await numbersOf(rewritten, make)).toEqual(await numbersOf(written, make));
  });

  it('puts cosines and sines together once for all that turn by them', async () => {
    const written = rotation({ layers: 3 });
    const rewritten = rotateByProduct(written);
    const ones = opTypes(rewritten).filter((opType) => opType === 'Exp');
    const products = opTypes(rewritten).filter((opType) => opType === 'MatMul');
    expect([ones.length, products.length]).toEqual([1, 3]);
    expect(await numbersOf(rewritten, {})).toEqual(await numbersOf(written, {}));
  });

  it.each<[string, Partial<Make>]>([
    ['where nothing changes its sign', { negate: (_, side) => side }],
    ['where a pair stays in its order', { sides: [0, 1] }],
    ['where the pairs are of other numbers', { pairsOf: (g, part) => g.add(part, part) }],
    ['where parts follow each other at a distance', { gap: 1 }],
    ['where what is left is of something else', { rest: (g, x) => g.add(x, x) }],
    ['where most of a head is left', { headSize: 20 }],
    ['where heads are split by a shape that only the run tells', { isMeasured: true }],
    ['where there is no cast by example yet', { opset: 14 }],
  ])('leaves a graph as it is %s', (_, make) => {
    const written = rotation(make);
    expect(rotateByProduct(written)).toBe(written);
  });
});

/** How a rotation is written out, in as far as it is not as exports have it. */
type Make = {
  readonly opset: number;
  readonly headSize: number;
  /** How many numbers turn by each kind of position. */
  readonly sizes: readonly number[];
  readonly gap: number;
  readonly layers: number;
  readonly lastOfHeads: number;
  readonly lastOfPairs: number;
  readonly isTurnedRound: boolean;
  readonly isMeasured: boolean;
  /** Which numbers of a pair come first and second, the first with another sign. */
  readonly sides: readonly [number, number];
  readonly negate: (g: GraphBuilder, side: Value) => Value;
  readonly pairsOf: (g: GraphBuilder, part: Value) => Value;
  readonly rest: (g: GraphBuilder, x: Value) => Value;
};

const AS_EXPORTED: Make = {
  opset: OPSET,
  headSize: 10,
  sizes: [4, 4],
  gap: 0,
  layers: 1,
  lastOfHeads: 3,
  lastOfPairs: 4,
  isTurnedRound: false,
  isMeasured: false,
  sides: [1, 0],
  negate: (g, side) => g.op('Neg', [side]),
  pairsOf: (_, part) => part,
  rest: (_, x) => x,
};

function rotation(options: Partial<Make>): OnnxModel {
  const make = { ...AS_EXPORTED, ...options };
  const g = graphBuilder('g/', make.opset);
  const tables = make.sizes.map((size, kind) => {
    const angles = scattered(POSITIONS * size, kind + 2);
    const table = (of: (angle: number) => number) =>
      g.float32s(Float32Array.from(angles, of), 1, 1, POSITIONS, size);
    return { cosines: table(Math.cos), sines: table(Math.sin) };
  });
  const shape = [BATCH, POSITIONS, HEADS, make.headSize];
  const split = (value: Value) =>
    make.isMeasured
      ? g.op('Reshape', [value, g.op('Abs', [g.int64s(...shape)])])
      : g.reshape(value, ...shape);
  let value: Value = 'x';
  for (let layer = 0; layer < make.layers; layer++) {
    const x = g.transpose(split(value), 0, 2, 1, 3);
    let from = 0;
    const turned = make.sizes.map((size, kind) => {
      const part = g.slice(x, make.lastOfHeads, from, from + size);
      from += size + make.gap;
      return turn(g, part, size, tables[kind]!, make);
    });
    const isWhole = from === make.headSize;
    const rest = isWhole ? [] : [g.slice(make.rest(g, x), make.lastOfHeads, from)];
    const whole = g.concat([...turned, ...rest], make.lastOfHeads);
    value = g.transpose(whole, 0, 2, 1, 3);
  }
  g.name(value, 'y');
  return modelOf(
    {
      nodes: g.nodes,
      inputs: [tensorValue('x', ELEMENT.float32, ['batch', POSITIONS, HEADS, make.headSize])],
      outputs: [tensorValue('y', ELEMENT.float32)],
    },
    make.opset,
  );
}

function turn(
  g: GraphBuilder,
  part: Value,
  size: number,
  { cosines, sines }: { cosines: Value; sines: Value },
  { lastOfPairs, sides, negate, pairsOf, isTurnedRound }: Make,
): Value {
  const pairs = g.reshape(pairsOf(g, part), 0, HEADS, -1, size / 2, 2);
  const at = (side: number) =>
    g.op('Squeeze', [g.slice(pairs, lastOfPairs, side, side + 1), g.int64s(lastOfPairs)]);
  const apart = (side: Value) => g.op('Unsqueeze', [side, g.int64s(lastOfPairs)]);
  const [first, second] = [negate(g, at(sides[0])), at(sides[1])];
  const crossed = g.reshape(
    g.concat([apart(first), apart(second)], lastOfPairs),
    0,
    HEADS,
    -1,
    size,
  );
  return isTurnedRound
    ? g.add(g.mul(sines, crossed), g.mul(cosines, part))
    : g.add(g.mul(part, cosines), g.mul(crossed, sines));
}

function opTypes({ graph }: OnnxModel): string[] {
  return graph.nodes.map(({ opType }) => opType);
}

async function numbersOf(model: OnnxModel, { headSize = 10 }: Partial<Make>): Promise<number[]> {
  const shape = [BATCH, POSITIONS, HEADS, headSize];
  const count = shape.reduce((product, size) => product * size, 1);
  return await runModel(model, { x: floats(scattered(count), shape) });
}
