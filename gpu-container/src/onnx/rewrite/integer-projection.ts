import { graphBuilder } from '../graph/graph-builder.ts';
import { ELEMENT, intsOf } from '../graph/literals.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../graph/model-file.ts';
import { pruneGraph } from '../graph/subgraph.ts';
import {
  type ByteWeight,
  elementTypeOfWeight,
  readByteWeight,
  writeByteWeight,
} from '../graph/weights.ts';

/**
 * Multiplies by 8-bit weights as they are, where a graph would turn the whole
 * matrix into floats first: x · dequantise(Wᵀ) becomes an integer product of x,
 * quantised as it comes (DynamicQuantizeLinear), and Wᵀ. In 8-bit exports of
 * models that read and write with one embedding that is the product with the
 * whole vocabulary, four times as large in floats. Like every other layer of
 * such an export it then rounds its input to 8 bits.
 */
export function multiplyIntegers({ graph, opset, ...model }: OnnxModel): OnnxModel {
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const added = new Map<string, OnnxTensor>();
  const rewrite = (part: OnnxGraph, path: string): OnnxGraph => {
    const makers = new Map(part.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
    const nodes = part.nodes.flatMap((node, index): readonly OnnxNode[] => {
      if (node.attributes.some((attribute) => attribute.graph)) {
        return [rewriteInner(node, (inner, name) => rewrite(inner, `${path}${index}/${name}/`))];
      }
      const projection = findProjection(node, makers, initializers);
      if (!projection) {
        return [node];
      }
      const { weight, scale, zeroPoint } = projection;
      const transposed = transpose(weight);
      const zero = { ...zeroPoint, name: `${transposed.name}/${zeroPoint.name}` };
      added.set(transposed.name, writeByteWeight(transposed));
      added.set(zero.name, writeByteWeight(zero));
      const g = graphBuilder(`${path}${index}/`, opset);
      const x = g.quantize(node.inputs[0]!);
      const product = g.multiplyIntegers(x.values, transposed.name, x.zeroPoint, zero.name);
      const steps = g.mul(x.scale, scale);
      g.name(g.mul(g.cast(product, ELEMENT.float32), steps), node.outputs[0]!);
      return g.nodes;
    });
    return pruneGraph({ ...part, nodes });
  };
  const rewritten = rewrite(graph, 'integers/');
  return {
    ...model,
    opset,
    graph: { ...rewritten, initializers: [...rewritten.initializers, ...added.values()] },
  };
}

type Projection = {
  /** [outputs, inputs] */
  readonly weight: ByteWeight;
  readonly scale: string;
  readonly zeroPoint: ByteWeight;
};

/** Whether a node multiplies by a transposed weight that is turned into floats for it. */
function findProjection(
  { opType, inputs }: OnnxNode,
  makers: ReadonlyMap<string, OnnxNode>,
  initializers: ReadonlyMap<string, OnnxTensor>,
): Projection | undefined {
  const floats = makers.get(inputs[1] ?? '');
  const turned = makers.get(floats?.inputs[0] ?? '');
  if (
    opType !== 'MatMul' ||
    floats?.opType !== 'DequantizeLinear' ||
    turned?.opType !== 'Transpose' ||
    !turnsMatrix(turned)
  ) {
    return undefined;
  }
  const bytesOf = (name = '') => {
    const tensor = initializers.get(name);
    return tensor && readByteWeight(tensor);
  };
  const weight = bytesOf(turned.inputs[0]);
  const scale = initializers.get(floats.inputs[1]!);
  const zeroPoint = bytesOf(floats.inputs[2]);
  return weight?.shape.length === 2 &&
    scale &&
    elementTypeOfWeight(scale) === ELEMENT.float32 &&
    zeroPoint?.bytes.length === 1
    ? { weight, scale: scale.name, zeroPoint }
    : undefined;
}

/** Whether a Transpose exchanges the two axes of a matrix, as it does when it is told no order. */
function turnsMatrix({ attributes }: OnnxNode): boolean {
  const order = attributes.find(({ name }) => name === 'perm');
  return order === undefined || intsOf(order).join() === '1,0';
}

/** As many rows as a core's cache holds while their columns are written. */
const TILE_ROWS = 64;

function transpose({ name, elementType, shape, bytes }: ByteWeight): ByteWeight {
  const [rows, columns] = shape as [number, number];
  const turned = new Uint8Array(bytes.length);
  for (let first = 0; first < rows; first += TILE_ROWS) {
    const end = Math.min(rows, first + TILE_ROWS);
    for (let column = 0; column < columns; column++) {
      for (let row = first; row < end; row++) {
        turned[column * rows + row] = bytes[row * columns + column]!;
      }
    }
  }
  return { name: `${name}_transposed`, elementType, shape: [columns, rows], bytes: turned };
}

function rewriteInner(
  node: OnnxNode,
  rewrite: (graph: OnnxGraph, name: string) => OnnxGraph,
): OnnxNode {
  return {
    ...node,
    attributes: node.attributes.map((attribute) => ({
      ...attribute,
      graph: attribute.graph && rewrite(attribute.graph, attribute.name),
    })),
  };
}
