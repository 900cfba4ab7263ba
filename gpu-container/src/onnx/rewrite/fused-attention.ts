import { graphBuilder } from '../graph/graph-builder.ts';
import { floatAttribute, intAttribute, intsOf } from '../graph/literals.ts';
import {
  importMicrosoftOperators,
  MICROSOFT_OPERATOR,
  type OnnxModel,
  type OnnxNode,
} from '../graph/model-file.ts';
import { pruneGraph } from '../graph/subgraph.ts';
import { constantsOf, type GraphConstants } from './constants.ts';

/** From heads side by side, [batch, positions, heads, headSize], to one after the other, or back. */
const HEADS_FIRST = '0,2,1,3';
const HEADS_FIRST_TURNED = '0,2,3,1';
/** How keys come to stand across queries, the last change of order first. */
const KEY_ORDERS = [`0,2,1 ${HEADS_FIRST}`, `0,1,3,2 ${HEADS_FIRST}`, HEADS_FIRST_TURNED];
/** From [batch, heads, headSize, positions] to heads side by side. */
const HEADS_FIRST_UNTURNED = '0,3,1,2';
/** What Transpose does when it is told no order. */
const REVERSED = 'reversed';

/**
 * Puts onnxruntime's MultiHeadAttention in the place of attention that is
 * written out as products, softmax and copies from shape to shape. It computes
 * the same block by block (Dao et al., 2022, FlashAttention), so that the matrix
 * of every position by every other is never in memory as a whole. Queries and keys may
 * be changed between the split into heads and their product, as rotary positions do
 * (Su et al., 2021, RoFormer), and scores may be scaled. Attention of any other make,
 * such as a masked one, is left as it is.
 *
 * @param heads of every attention in the graph; where not given, each is asked by what shape it
 * splits them, and left as it is where that does not tell
 */
export function fuseAttention(model: OnnxModel, heads?: number): OnnxModel {
  const { graph, opset } = model;
  const constants = constantsOf(graph);
  const fused = new Map<OnnxNode, readonly OnnxNode[]>();
  for (const softmax of graph.nodes.filter(({ opType }) => opType === 'Softmax')) {
    const found = findAttention(graph.nodes, softmax, constants);
    const count = heads ?? (found && headsOf(found, graph.nodes, constants));
    if (found && count !== undefined) {
      fused.set(found.output, attentionNodes(found, count, opset));
    }
  }
  if (fused.size === 0) {
    return model;
  }
  const nodes = graph.nodes.flatMap((node) => fused.get(node) ?? [node]);
  return importMicrosoftOperators({ ...model, graph: pruneGraph({ ...graph, nodes }) });
}

/** Heads: a value, and the order to put its axes in to have them side by side; none where they are. */
type Heads = { readonly value: string; readonly order?: string };

type Attention = Record<'queries' | 'keys' | 'values', Heads> & {
  /** The node that puts heads side by side again. */
  readonly output: OnnxNode;
  /** Of the scores. */
  readonly scale: number;
};

function findAttention(
  nodes: readonly OnnxNode[],
  softmax: OnnxNode,
  constants: GraphConstants,
): Attention | undefined {
  const maker = (value: string) => nodes.find(({ outputs }) => outputs.includes(value));
  const users = (value: string) => nodes.filter(({ inputs }) => inputs.includes(value));
  const { value: product, scale } = unscaled(softmax.inputs[0]!, maker, constants);
  const scores = maker(product);
  const reshapes = rearrangementsOf(softmax.outputs[0]!, users);
  const weights = reshapes.at(-1)?.outputs[0] ?? softmax.outputs[0]!;
  const sum = users(weights).find(({ opType }) => opType === 'MatMul');
  if (
    scores?.opType !== 'MatMul' ||
    sum?.inputs[0] !== weights ||
    reshapes.some(({ opType }) => opType !== 'Reshape')
  ) {
    return undefined;
  }
  const valueWay = rearrangementsTo(sum.inputs[1]!, maker);
  const outputWay = rearrangementsOf(sum.outputs[0]!, users);
  const values = findHeads(valueWay);
  const output = findHeads(outputWay);
  if (values?.orders !== HEADS_FIRST || output?.orders !== HEADS_FIRST) {
    return undefined;
  }
  // Where they are turned at once, heads are an axis of the products too.
  const isAxis = valueWay[0] === values.node && outputWay[0] === output.node;
  const queryWay = rearrangementsTo(scores.inputs[0]!, maker);
  const keyWay = rearrangementsTo(scores.inputs[1]!, maker);
  const queries = splitHeads(queryWay, [HEADS_FIRST]) ?? (isAxis && changedQueries(scores));
  const keys = splitHeads(keyWay, KEY_ORDERS) ?? (isAxis && changedKeys(scores, keyWay));
  return queries && keys && isAlongLast(softmax, axesOf(keyWay))
    ? { queries, keys, values: { value: values.node.inputs[0]! }, output: output.node, scale }
    : undefined;
}

/** What a value is a multiple of by a number that the graph says. */
function unscaled(
  value: string,
  maker: (value: string) => OnnxNode | undefined,
  { scalar }: GraphConstants,
): { readonly value: string; readonly scale: number } {
  const node = maker(value);
  const [one = '', other = ''] = node?.inputs ?? [];
  const [first, second] = [scalar(one), scalar(other)];
  if (node?.opType === 'Mul' && second !== undefined) {
    return { value: one, scale: second };
  }
  if (node?.opType === 'Mul' && first !== undefined) {
    return { value: other, scale: first };
  }
  return node?.opType === 'Div' && second !== undefined
    ? { value: one, scale: 1 / second }
    : { value, scale: 1 };
}

/** Heads as they were split, where nothing but their order changes up to the product. */
function splitHeads(way: readonly OnnxNode[], orders: readonly string[]): Heads | undefined {
  const found = findHeads(way);
  return found && orders.includes(found.orders) ? { value: found.node.inputs[0]! } : undefined;
}

/** Of a product with heads as an axis, [batch, heads, positions, headSize]. */
function changedQueries({ inputs }: OnnxNode): Heads {
  return { value: inputs[0]!, order: HEADS_FIRST };
}

/** Of a product with heads as an axis, before their positions and sizes change places where they do. */
function changedKeys({ inputs }: OnnxNode, [last]: readonly OnnxNode[]): Heads | undefined {
  if (last === undefined) {
    return { value: inputs[1]!, order: HEADS_FIRST_UNTURNED };
  }
  return orderOf(last) === '0,1,3,2' ? { value: last.inputs[0]!, order: HEADS_FIRST } : undefined;
}

/** How many axes keys have in their product, and so the scores; heads are one of them where nothing tells. */
function axesOf(keyWay: readonly OnnxNode[]): number {
  const order = keyWay.map(orderOf).find((each) => each !== '') ?? HEADS_FIRST;
  return order.split(',').length;
}

/** Whether a softmax is along the last of so many axes. */
function isAlongLast({ attributes }: OnnxNode, axes: number): boolean {
  const axis = attributes.find(({ name }) => name === 'axis');
  return axis !== undefined && [-1, axes - 1].includes(intsOf(axis)[0]!);
}

/** How many heads the shape says that values are split to; undefined where it does not. */
function headsOf(
  { values, output }: Attention,
  nodes: readonly OnnxNode[],
  { lastIntegers }: GraphConstants,
): number | undefined {
  const split = nodes.find(({ outputs }) => outputs.includes(values.value));
  const join = nodes.find(({ inputs }) => inputs[0] === output.outputs[0]);
  const shapeOf = (node: OnnxNode | undefined) =>
    node?.opType === 'Reshape' ? lastIntegers(node.inputs[1]!) : [];
  const [heads = 0, headSize = 0] = shapeOf(split).slice(-2);
  const width = shapeOf(join).at(-1) ?? 0;
  const count = heads > 0 ? heads : width / headSize;
  return Number.isInteger(count) && count > 0 ? count : undefined;
}

/** In the place of the last node of an attention. */
function attentionNodes(
  { queries, keys, values, output, scale }: Attention,
  heads: number,
  opset: number,
): readonly OnnxNode[] {
  const [attended] = output.outputs as [string];
  const g = graphBuilder(`${attended}/fused/`, opset);
  const sideBySide = ({ value, order }: Heads) => {
    const turned =
      order === undefined ? value : g.transpose(value, ...order.split(',').map(Number));
    return g.reshape(turned, 0, 0, -1);
  };
  const joined = `${g.prefix}joined`;
  g.push({
    opType: 'MultiHeadAttention',
    inputs: [queries, keys, values].map(sideBySide),
    outputs: [joined],
    attributes: [intAttribute('num_heads', heads), floatAttribute('scale', scale)],
    rest: MICROSOFT_OPERATOR,
  });
  g.name(g.reshape(joined, 0, 0, heads, -1), attended);
  return g.nodes;
}

/** What changes the shape and order alone between a value and what it is made of, the last first. */
function rearrangementsTo(
  value: string,
  maker: (value: string) => OnnxNode | undefined,
): OnnxNode[] {
  const node = maker(value);
  return node && isRearrangement(node) ? [node, ...rearrangementsTo(node.inputs[0]!, maker)] : [];
}

/** What changes the shape and order alone of a value, the first first. */
function rearrangementsOf(value: string, users: (value: string) => OnnxNode[]): OnnxNode[] {
  const node = users(value).find((user) => isRearrangement(user) && user.inputs[0] === value);
  return node ? [node, ...rearrangementsOf(node.outputs[0]!, users)] : [];
}

/**
 * On the way from products of one head each: where heads come to be side by
 * side, and the orders up to there.
 */
function findHeads(
  way: readonly OnnxNode[],
): { readonly node: OnnxNode; readonly orders: string } | undefined {
  const orders = way.map(orderOf);
  const at = orders.findIndex((order) => [HEADS_FIRST, HEADS_FIRST_TURNED].includes(order));
  const changes = orders.slice(0, at + 1).filter((order) => order !== '');
  return at < 0 ? undefined : { node: way[at]!, orders: changes.join(' ') };
}

function isRearrangement({ opType }: OnnxNode): boolean {
  return opType === 'Reshape' || opType === 'Transpose';
}

/** The order that a node puts axes in: none for a reshape. */
function orderOf({ opType, attributes }: OnnxNode): string {
  const order = attributes.find(({ name }) => name === 'perm');
  return opType === 'Reshape' ? '' : order ? intsOf(order).join() : REVERSED;
}
