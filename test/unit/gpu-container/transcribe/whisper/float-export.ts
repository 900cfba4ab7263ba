import { ELEMENT } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import type {
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { pruneGraph } from '../../../../../gpu-container/src/onnx/graph/subgraph.ts';
import { readByteWeight } from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import { weight } from '../../onnx/graph/run-model.ts';

const QUANTIZED = '_quantized';

/**
 * An 8-bit export that computes in 32-bit floats, with the numbers that its
 * integers stand for: the exporter's own graph, for comparison with ours.
 */
export function floatExport(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const stored = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const floats = new Map<string, OnnxTensor>();
  const floatWeight = (quantized: string): string => {
    const name = quantized.slice(0, -QUANTIZED.length);
    if (!floats.has(name)) {
      floats.set(name, dequantized(name, stored));
    }
    return name;
  };
  const rewritten = inFloats(graph, new Map(), floatWeight);
  const initializers = [...graph.initializers, ...floats.values()];
  return { ...model, graph: pruneGraph({ ...rewritten, initializers }) };
}

function dequantized(name: string, stored: ReadonlyMap<string, OnnxTensor>): OnnxTensor {
  const bytesOf = (suffix: string) => readByteWeight(stored.get(`${name}${suffix}`)!)!;
  const { elementType, shape, bytes } = bytesOf(QUANTIZED);
  const signed = (numbers: Uint8Array) =>
    elementType === ELEMENT.int8 ? Int8Array.from(numbers) : numbers;
  const [zero] = signed(bytesOf('_zero_point').bytes) as unknown as [number];
  const scale = Buffer.from(stored.get(`${name}_scale`)!.rest.at(-1)!.payload as Uint8Array);
  const step = scale.readFloatLE();
  const numbers = Float32Array.from(signed(bytes), (integer) => step * (integer - zero));
  return weight(name, ELEMENT.float32, numbers, shape);
}

/** @param outer the floats of what graphs around it have quantised */
function inFloats(
  graph: OnnxGraph,
  outer: ReadonlyMap<string, string>,
  floatWeight: (quantized: string) => string,
): OnnxGraph {
  const floatOf = new Map(outer);
  const madeBy = new Map<string, OnnxNode>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      madeBy.set(output, node);
    }
    if (node.opType === 'DynamicQuantizeLinear') {
      floatOf.set(node.outputs[0]!, node.inputs[0]!);
    }
  }
  const rewrite = (node: OnnxNode): OnnxNode => {
    const product = integerProduct(node, madeBy);
    if (product) {
      const [x, quantized] = product.inputs;
      const inputs = [floatOf.get(x!)!, floatWeight(quantized!)];
      const opType = product.opType.replace('Integer', '');
      return { ...product, opType, inputs, outputs: node.outputs };
    }
    if (node.opType === 'DequantizeLinear') {
      const source = madeBy.get(node.inputs[0]!)!;
      const inputs = source.inputs.with(0, floatWeight(source.inputs[0]!));
      return { ...source, inputs, outputs: node.outputs };
    }
    const attributes = node.attributes.map((attribute) =>
      attribute.graph
        ? { ...attribute, graph: inFloats(attribute.graph, floatOf, floatWeight) }
        : attribute,
    );
    return { ...node, attributes };
  };
  // Hints about inner values are of those that are gone.
  return pruneGraph({ ...graph, nodes: graph.nodes.map(rewrite), rest: [] });
}

/** The integer product that a Mul brings back to scale. */
function integerProduct(
  { opType, inputs }: OnnxNode,
  madeBy: ReadonlyMap<string, OnnxNode>,
): OnnxNode | undefined {
  const cast = madeBy.get(inputs[0] ?? '');
  const product = cast?.opType === 'Cast' ? madeBy.get(cast.inputs[0]!) : undefined;
  return opType === 'Mul' && product?.opType.endsWith('Integer') ? product : undefined;
}
