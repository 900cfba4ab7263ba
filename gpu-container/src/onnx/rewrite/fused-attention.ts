import { graphBuilder } from '../graph/graph-builder.ts';
import { floatAttribute, intAttribute, intsOf } from '../graph/literals.ts';
import {
  importMicrosoftOperators,
  MICROSOFT_OPERATOR,
  type OnnxModel,
  type OnnxNode,
} from '../graph/model-file.ts';
import { pruneGraph } from '../graph/subgraph.ts';

/** From heads side by side, [batch, positions, heads, headSize], to one after the other, or back. */
const HEADS_FIRST = '0,2,1,3';
const HEADS_FIRST_TURNED = '0,2,3,1';
/** How keys come to stand across queries, the last change of order first. */
const KEY_ORDERS = [`0,2,1 ${HEADS_FIRST}`, `0,1,3,2 ${HEADS_FIRST}`, HEADS_FIRST_TURNED];
/** What Transpose does when it is told no order. */
const REVERSED = 'reversed';

/**
 * Puts onnxruntime's MultiHeadAttention in the place of attention that is
 * written out as products, softmax and copies from shape to shape. It computes
 * the same block by block (Dao et al., 2022, FlashAttention), so that the matrix
 * of every position by every other is never in memory as a whole. Attention of
 * any other make, such as a masked one, is left as it is.
 *
 * @param heads of every attention in the graph
 */
export function fuseAttention(model: OnnxModel, heads: number): OnnxModel {
  const { graph, opset } = model;
  const fused = new Map<OnnxNode, readonly OnnxNode[]>();
  for (const softmax of graph.nodes.filter(({ opType }) => opType === 'Softmax')) {
    const found = findAttention(graph.nodes, softmax);
    if (found) {
      fused.set(found.output, attentionNodes(found, heads, opset));
    }
  }
  if (fused.size === 0) {
    return model;
  }
  const nodes = graph.nodes.flatMap((node) => fused.get(node) ?? [node]);
  return importMicrosoftOperators({ ...model, graph: pruneGraph({ ...graph, nodes }) });
}

/** The nodes that put heads one after the other for the products, and back after them. */
type Attention = Record<'queries' | 'keys' | 'values' | 'output', OnnxNode>;

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
  const queries = findHeads(rearrangementsTo(scores.inputs[0]!, maker));
  const keys = findHeads(rearrangementsTo(scores.inputs[1]!, maker));
  const values = findHeads(rearrangementsTo(sum.inputs[1]!, maker));
  const output = findHeads(rearrangementsOf(sum.outputs[0]!, users));
  return queries?.orders === HEADS_FIRST &&
    values?.orders === HEADS_FIRST &&
    output?.orders === HEADS_FIRST &&
    keys &&
    KEY_ORDERS.includes(keys.orders) &&
    isAlongKeys(softmax, keys.orders)
    ? { queries: queries.node, keys: keys.node, values: values.node, output: output.node }
    : undefined;
}

/** Whether a softmax is along the last axis of scores, which have as many axes as the turned keys. */
function isAlongKeys({ attributes }: OnnxNode, keyOrders: string): boolean {
  const axis = attributes.find(({ name }) => name === 'axis');
  const lastAxis = keyOrders.split(' ')[0]!.split(',').length - 1;
  return axis !== undefined && [-1, lastAxis].includes(intsOf(axis)[0]!);
}

/** In the place of the last node of an attention. Queries are scaled before it. */
function attentionNodes(
  { queries, keys, values, output }: Attention,
  heads: number,
  opset: number,
): readonly OnnxNode[] {
  const [attended] = output.outputs as [string];
  const g = graphBuilder(`${attended}/fused/`, opset);
  const joined = `${g.prefix}joined`;
  g.push({
    opType: 'MultiHeadAttention',
    inputs: [queries, keys, values].map(({ inputs }) => g.reshape(inputs[0]!, 0, 0, -1)),
    outputs: [joined],
    attributes: [intAttribute('num_heads', heads), floatAttribute('scale', 1)],
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
