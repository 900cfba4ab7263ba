import { floatAttribute, intAttribute, intsOf } from '../graph/literals.ts';
import { MICROSOFT_OPERATOR, type OnnxGraph, type OnnxNode } from '../graph/model-file.ts';
import { neededFor } from '../graph/subgraph.ts';

/** Splits heads, [batch, positions, heads, headSize], for products of one head each, or joins them again. */
const HEADS_FIRST = '0,2,1,3';
const HEADS_FIRST_TURNED = '0,2,3,1';
/** How keys come to stand across queries, the last change of order first. */
const KEY_ORDERS = [`0,2,1 ${HEADS_FIRST}`, `0,1,3,2 ${HEADS_FIRST}`, HEADS_FIRST_TURNED];

/** What Transpose does when it is told no order. */
const REVERSED = 'reversed';

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
  const queries = joinedHeads(rearrangementsTo(scores.inputs[0]!, maker));
  const keys = joinedHeads(rearrangementsTo(scores.inputs[1]!, maker));
  const values = joinedHeads(rearrangementsTo(sum.inputs[1]!, maker));
  const output = joinedHeads(rearrangementsOf(sum.outputs[0]!, users));
  if (
    ![queries, values, output].every((end) => end?.orders === HEADS_FIRST) ||
    !keys ||
    !KEY_ORDERS.includes(keys.orders) ||
    !isAlongKeys(softmax, keys.orders)
  ) {
    return undefined;
  }
  return {
    queries: queries!.reshape.inputs[0]!,
    keys: keys.reshape.inputs[0]!,
    values: values!.reshape.inputs[0]!,
    output: output!.reshape.outputs[0]!,
  };
}

/** Whether a softmax is along the last axis of scores, which have as many as the keys when these turn last. */
function isAlongKeys({ attributes }: OnnxNode, keyOrders: string): boolean {
  const axis = attributes.find(({ name }) => name === 'axis');
  const lastAxis = keyOrders.split(' ')[0]!.split(',').length - 1;
  return axis !== undefined && [-1, lastAxis].includes(intsOf(axis)[0]!);
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
 * On the way from products of one head each, where heads are side by side: the
 * reshape that splits or joins them, and the changes of order before. Reshapes
 * further on are none of attention's.
 */
function joinedHeads(
  way: readonly OnnxNode[],
): { readonly reshape: OnnxNode; readonly orders: string } | undefined {
  const orders = way.map(orderOf);
  const heads = orders.findIndex((order) => [HEADS_FIRST, HEADS_FIRST_TURNED].includes(order));
  const reshape = way[heads + 1];
  return heads >= 0 && reshape?.opType === 'Reshape'
    ? {
        reshape,
        orders: orders
          .slice(0, heads + 1)
          .filter((order) => order !== '')
          .join(' '),
      }
    : undefined;
}

function isRearrangement({ opType }: OnnxNode): boolean {
  return opType === 'Reshape' || opType === 'Transpose';
}

/** The order that a node puts axes in: none for a reshape. */
function orderOf({ opType, attributes }: OnnxNode): string {
  const order = attributes.find(({ name }) => name === 'perm');
  return opType === 'Reshape' ? '' : order ? intsOf(order).join() : REVERSED;
}
