import { floatAttribute, intAttribute, intsOf } from '../graph/literals.ts';
import { MICROSOFT_OPERATOR, type OnnxGraph, type OnnxNode } from '../graph/model-file.ts';
import { neededFor } from '../graph/subgraph.ts';

/** How keys, [batch, positions, heads, headSize], come to stand across queries. */
const KEY_ORDERS = ['0,2,1,3 0,2,1', '0,2,1,3 0,1,3,2', '0,2,3,1'];
const HEADS_FIRST = '0,2,1,3';
const LAST_AXES = [-1, 2, 3];

/**
 * Puts onnxruntime's MultiHeadAttention in the place of self-attention that is
 * written out as products, softmax and copies from shape to shape. It computes
 * the same block by block (Dao et al., 2022, FlashAttention), so that the matrix
 * of every position by every other is never in memory as a whole. Attention of
 * any other make, such as a masked one, is left as it is.
 *
 * @param heads of every attention in the graph
 */
export function fuseAttention(graph: OnnxGraph, heads: number): OnnxGraph {
  const fused = new Map<string, OnnxNode>();
  for (const softmax of graph.nodes.filter(({ opType }) => opType === 'Softmax')) {
    const found = findAttention(graph.nodes, softmax);
    if (found) {
      fused.set(found.output, attentionNode(found, heads));
    }
  }
  const nodes = graph.nodes.map((node) => fused.get(node.outputs[0] ?? '') ?? node);
  const outputs = graph.outputs.map(({ name }) => name);
  return { ...graph, nodes: neededFor(outputs, nodes) };
}

/** Values [batch, positions, heads × headSize]; queries are scaled already. */
type Attention = Record<'queries' | 'keys' | 'values' | 'output', string>;

function findAttention(nodes: readonly OnnxNode[], softmax: OnnxNode): Attention | undefined {
  const maker = (value: string) => nodes.find(({ outputs }) => outputs.includes(value));
  const users = (value: string) => nodes.filter(({ inputs }) => inputs.includes(value));
  const scores = maker(softmax.inputs[0]!);
  const weights = pathFrom(softmax.outputs[0]!, users);
  const sum = users(weights.end).find(({ opType }) => opType === 'MatMul');
  const axis = softmax.attributes.find(({ name }) => name === 'axis');
  if (
    scores?.opType !== 'MatMul' ||
    sum?.inputs[0] !== weights.end ||
    weights.orders !== '' ||
    !axis ||
    !LAST_AXES.includes(intsOf(axis)[0]!)
  ) {
    return undefined;
  }
  const queries = pathTo(scores.inputs[0]!, maker);
  const keys = pathTo(scores.inputs[1]!, maker);
  const values = pathTo(sum.inputs[1]!, maker);
  const output = pathFrom(sum.outputs[0]!, users);
  const isAttention =
    [queries, values, output].every(({ orders }) => orders === HEADS_FIRST) &&
    KEY_ORDERS.includes(keys.orders);
  return isAttention
    ? { queries: queries.end, keys: keys.end, values: values.end, output: output.end }
    : undefined;
}

function attentionNode({ queries, keys, values, output }: Attention, heads: number): OnnxNode {
  return {
    opType: 'MultiHeadAttention',
    inputs: [queries, keys, values],
    outputs: [output],
    attributes: [intAttribute('num_heads', heads), floatAttribute('scale', 1)],
    rest: MICROSOFT_OPERATOR,
  };
}

/** Where a value leads to or comes from by changes of shape and order alone, and the orders. */
type Path = { readonly end: string; readonly orders: string };

function pathTo(value: string, maker: (value: string) => OnnxNode | undefined): Path {
  const node = maker(value);
  if (!node || !isRearrangement(node)) {
    return { end: value, orders: '' };
  }
  const { end, orders } = pathTo(node.inputs[0]!, maker);
  return { end, orders: `${orders} ${orderOf(node)}`.trim() };
}

function pathFrom(value: string, users: (value: string) => OnnxNode[]): Path {
  const [node] = users(value).filter((user) => isRearrangement(user) && user.inputs[0] === value);
  if (!node) {
    return { end: value, orders: '' };
  }
  const { end, orders } = pathFrom(node.outputs[0]!, users);
  return { end, orders: `${orderOf(node)} ${orders}`.trim() };
}

function isRearrangement({ opType }: OnnxNode): boolean {
  return opType === 'Reshape' || opType === 'Transpose';
}

function orderOf({ attributes }: OnnxNode): string {
  const order = attributes.find(({ name }) => name === 'perm');
  return order ? intsOf(order).join() : '';
}
