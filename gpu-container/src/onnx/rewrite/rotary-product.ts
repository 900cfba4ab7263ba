import { type GraphBuilder, graphBuilder, type Value } from '../graph/graph-builder.ts';
import { intsOf } from '../graph/literals.ts';
import type { OnnxModel, OnnxNode } from '../graph/model-file.ts';
import { pruneGraph } from '../graph/subgraph.ts';
import { constantsOf, type GraphConstants } from './constants.ts';

/** CastLike came with it. */
const FIRST_OPSET = 15;
/** From heads side by side, [batch, positions, heads, headSize], to one after the other. */
const HEADS_FIRST = [0, 2, 1, 3];
/** The last axis of heads, and of their numbers in pairs, [batch, heads, positions, pairs, 2]. */
const LAST_OF_HEADS = [-1, 3];
const LAST_OF_PAIRS = [-1, 4];

/**
 * Turns queries and keys by their positions (Su et al., 2021, RoFormer) in four
 * operators, where a graph takes them apart into pairs of numbers, axis by axis, and puts
 * them together again: x · cosines + (x · P) · sines, with P the matrix that changes the
 * numbers of a pair for each other and the sign of one. A row of P has one number, which
 * is one or minus one, so that every result is the same to the bit. Cosines and sines are
 * put together once for all layers. What is written in any other way is left as it is.
 */
export function rotateByProduct(model: OnnxModel): OnnxModel {
  const { graph, opset } = model;
  const finder = finderOf(graph.nodes, constantsOf(graph));
  const tables = new Map<string, Tables>();
  const nodes = graph.nodes.flatMap((node) => {
    const rotation = opset < FIRST_OPSET ? undefined : findRotation(node, finder);
    if (rotation === undefined) {
      return [node];
    }
    const g = graphBuilder(`${node.outputs[0]}/rotary/`, opset);
    const key = JSON.stringify([rotation.turns, rotation.headSize]);
    const table = tables.get(key) ?? writeTables(g, rotation);
    tables.set(key, table);
    const { x } = rotation;
    const crossed = g.matMul(x, g.op('CastLike', [table.crossing, x]));
    g.name(g.add(g.mul(x, table.cosines), g.mul(crossed, table.sines)), node.outputs[0]!);
    return [...g.nodes];
  });
  return tables.size === 0 ? model : { ...model, graph: pruneGraph({ ...graph, nodes }) };
}

/** Some numbers in a row of each head that turn by the same kind of position. */
type Turn = {
  readonly from: number;
  readonly to: number;
  readonly cosines: Value;
  readonly sines: Value;
};

type Rotation = {
  /** [batch, heads, positions, headSize] */
  readonly x: Value;
  /** Those of the first numbers of a head; what comes after them stays. */
  readonly turns: readonly Turn[];
  readonly headSize: number;
};

type Tables = { readonly cosines: Value; readonly sines: Value; readonly crossing: Value };

function writeTables(g: GraphBuilder, { turns, headSize }: Rotation): Tables {
  const staying = headSize - turns.at(-1)!.to;
  const cosines = g.concat(
    turns.map((turn) => turn.cosines),
    -1,
  );
  const sines = g.concat(
    turns.map((turn) => turn.sines),
    -1,
  );
  // Numbers of the type and shape of those of the others, whatever these are.
  const zerosLike = (table: Value) => {
    const some = g.slice(table, -1, 0, staying);
    return g.sub(some, some);
  };
  return {
    cosines: staying === 0 ? cosines : g.concat([cosines, g.op('Exp', [zerosLike(cosines)])], -1),
    sines: staying === 0 ? sines : g.concat([sines, zerosLike(sines)], -1),
    crossing: g.float32s(crossingMatrix(headSize - staying, headSize), headSize, headSize),
  };
}

/** Makes of each pair (a, b) of the first numbers of a row (-b, a), and zeros of those after them. */
function crossingMatrix(turning: number, headSize: number): Float32Array {
  const matrix = new Float32Array(headSize ** 2);
  for (let first = 0; first < turning; first += 2) {
    matrix[(first + 1) * headSize + first] = -1;
    matrix[first * headSize + first + 1] = 1;
  }
  return matrix;
}

type Finder = {
  /** What makes a value, where it is that operator. */
  maker(value: Value | undefined, opType: string): OnnxNode | undefined;
  /** The last of the whole numbers that are an input of a node. */
  integer(node: OnnxNode, input: number): number | undefined;
};

function finderOf(nodes: readonly OnnxNode[], { lastIntegers }: GraphConstants): Finder {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  return {
    maker: (value, opType) => {
      const node = value === undefined ? undefined : makers.get(value);
      return node?.opType === opType ? node : undefined;
    },
    integer: (node, input) => lastIntegers(node.inputs[input] ?? '').at(-1),
  };
}

/** From the node that puts the turned parts of heads together. */
function findRotation(node: OnnxNode, finder: Finder): Rotation | undefined {
  if (node.opType !== 'Concat' || !isAlong(node, LAST_OF_HEADS)) {
    return undefined;
  }
  const found = node.inputs.map((part) => findTurn(finder.maker(part, 'Add'), finder));
  const turns = found.filter((turn) => turn !== undefined);
  const [first] = turns;
  const rest = findSlice(finder.maker(node.inputs[turns.length], 'Slice'), LAST_OF_HEADS, finder);
  const headSize = first && headSizeOf(first.x, finder);
  const end = rest?.from ?? headSize;
  return first !== undefined &&
    headSize !== undefined &&
    node.inputs.length === turns.length + (rest ? 1 : 0) &&
    turns.every((turn, index) => turn === found[index] && turn.x === first.x) &&
    turns.every((turn, index) => turn.from === (turns[index - 1]?.to ?? 0)) &&
    turns.at(-1)!.to === end &&
    // Of which the tables take their ones and zeros.
    headSize <= 2 * end &&
    (rest === undefined || (rest.x === first.x && rest.to >= headSize))
    ? { x: first.x, turns: turns.map(({ x, ...turn }) => turn), headSize }
    : undefined;
}

/** part · cosines + crossed(part) · sines, in any order. */
function findTurn(sum: OnnxNode | undefined, finder: Finder): (Turn & { x: Value }) | undefined {
  const products = sum?.inputs.map((term) => finder.maker(term, 'Mul')) ?? [];
  const factors = products.flatMap((product, index) =>
    product ? [{ product, other: products[1 - index] }] : [],
  );
  for (const { product, other } of factors) {
    for (const [side, part] of product.inputs.entries()) {
      const slice = findSlice(finder.maker(part, 'Slice'), LAST_OF_HEADS, finder);
      const crossed = other?.inputs.findIndex((value) => crosses(value, part, slice, finder)) ?? -1;
      if (slice && other && crossed >= 0) {
        const cosines = product.inputs[1 - side]!;
        return { ...slice, cosines, sines: other.inputs[1 - crossed]! };
      }
    }
  }
  return undefined;
}

type SlicePart = { readonly x: Value; readonly from: number; readonly to: number };

/** Whether a value has for each pair (a, b) of a part's last axis (-b, a). */
function crosses(value: Value, part: Value, slice: SlicePart | undefined, finder: Finder): boolean {
  const flat = finder.maker(value, 'Reshape');
  const pairs = finder.maker(flat?.inputs[0], 'Concat');
  const [second, first] = (pairs?.inputs ?? []).map((each) => finder.maker(each, 'Unsqueeze'));
  const negative = finder.maker(second?.inputs[0], 'Neg');
  const isSide = (side: Value | undefined, from: number) => {
    const squeezed = finder.maker(side, 'Squeeze');
    const cut = findSlice(finder.maker(squeezed?.inputs[0], 'Slice'), LAST_OF_PAIRS, finder);
    const split = finder.maker(cut?.x, 'Reshape');
    return (
      squeezed !== undefined &&
      LAST_OF_PAIRS.includes(finder.integer(squeezed, 1) ?? Number.NaN) &&
      cut?.from === from &&
      cut.to === from + 1 &&
      split?.inputs[0] === part &&
      finder.integer(split, 1) === 2
    );
  };
  const isAside = (node: OnnxNode | undefined) =>
    node !== undefined && LAST_OF_PAIRS.includes(finder.integer(node, 1) ?? Number.NaN);
  return (
    flat !== undefined &&
    pairs?.inputs.length === 2 &&
    isAlong(pairs, LAST_OF_PAIRS) &&
    slice !== undefined &&
    (slice.to - slice.from) % 2 === 0 &&
    finder.integer(flat, 1) === slice.to - slice.from &&
    isAside(second) &&
    isAside(first) &&
    isSide(negative?.inputs[0], 1) &&
    isSide(first?.inputs[0], 0)
  );
}

/** Elements [from, to) of the last axis, each of them. */
function findSlice(
  node: OnnxNode | undefined,
  lastAxis: readonly number[],
  finder: Finder,
): SlicePart | undefined {
  if (node === undefined || node.inputs[3] === undefined) {
    return undefined;
  }
  const [from, to, axis] = [1, 2, 3].map((input) => finder.integer(node, input));
  const step = node.inputs[4] === undefined ? 1 : finder.integer(node, 4);
  return from !== undefined &&
    from >= 0 &&
    to !== undefined &&
    to > from &&
    lastAxis.includes(axis ?? Number.NaN) &&
    step === 1
    ? { x: node.inputs[0]!, from, to }
    : undefined;
}

/** How many numbers a head has, by the shape that heads were split to. */
function headSizeOf(x: Value, finder: Finder): number | undefined {
  const turned = finder.maker(x, 'Transpose');
  const order = turned?.attributes.find(({ name }) => name === 'perm');
  const split = finder.maker(turned?.inputs[0], 'Reshape');
  const size = split && finder.integer(split, 1);
  return order && intsOf(order).join() === HEADS_FIRST.join() && size && size > 0
    ? size
    : undefined;
}

function isAlong({ attributes }: OnnxNode, axes: readonly number[]): boolean {
  const axis = attributes.find(({ name }) => name === 'axis');
  return axis !== undefined && axes.includes(intsOf(axis)[0]!);
}
