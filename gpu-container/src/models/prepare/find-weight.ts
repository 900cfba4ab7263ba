import { intsOf } from '../../onnx/graph/literals.ts';
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
} from '../../onnx/graph/model-file.ts';
import { shapeOfWeight } from '../../onnx/graph/weights.ts';
import type { PublishedWeight } from './whisper-weights.ts';

/** A weight where an export keeps it. */
export type StoredWeight = {
  readonly tensor: OnnxTensor;
  /** How its integers stand for floats, where it holds integers. */
  readonly quantization: Quantization | undefined;
  /** Whether it lies the other way round than it is published: the matrices of linear layers. */
  readonly transposed: boolean;
};

/** Scales and zero points: one for all numbers, or one for each index along an axis of the tensor. */
type Quantization = {
  readonly scale: OnnxTensor;
  /** Zero where there is none. */
  readonly zeroPoint: OnnxTensor | undefined;
  readonly axis: number;
};

/** A graph, with the weights that it sees: those of the graphs around it too. */
type Scope = { readonly graph: OnnxGraph; readonly initializers: ReadonlyMap<string, OnnxTensor> };

type Producers = ReadonlyMap<string, OnnxNode>;
type Site = { readonly node: OnnxNode; readonly scope: Scope; readonly producers: Producers };

/** Which inputs of a node may be the weight or the bias of the module it is in. */
const OPERANDS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  weight: {
    MatMul: [1],
    MatMulInteger: [1],
    Gemm: [1],
    Conv: [1],
    ConvInteger: [1],
    LayerNormalization: [1],
    Mul: [0, 1],
    Gather: [0],
  },
  bias: { Add: [0, 1], Gemm: [2], Conv: [2], LayerNormalization: [2] },
};

const MATRIX_PRODUCTS = ['MatMul', 'MatMulInteger', 'Gemm'];

// Field number of onnx.proto.
const NODE_NAME = 3;

/**
 * Prepares to look for weights in a graph exported from PyTorch. A weight is known by the scope of
 * a node that reads it (`/layers.0/fc1/MatMul` reads `layers.0.fc1.weight`), otherwise by its own
 * name, or, for a table of embeddings that was given another one, by its shape.
 *
 * @returns finds a weight; undefined where the graph has none such
 */
export function weightFinder(
  graph: OnnxGraph,
): (weight: PublishedWeight) => StoredWeight | undefined {
  const scopes = scopesOf(graph);
  const sites = Map.groupBy(scopes.flatMap(sitesOf), ({ node }) => moduleOf(node));
  const named = new Map(
    scopes
      .flatMap((scope) => scope.graph.initializers.map((tensor) => ({ tensor, scope })))
      .map(({ tensor, scope }) => [pathOf(tensor.name), stored(tensor, scope)] as const),
  );

  return ({ name, shape }) => {
    const path = pathOf(name);
    const dot = path.lastIndexOf('.');
    const isTable = path.startsWith('embed_');
    const fits = ({ tensor }: StoredWeight) =>
      elementsOf(shapeOfWeight(tensor)) === elementsOf(shape);
    const read = (sites.get(path.slice(0, dot)) ?? [])
      .flatMap((site) => operandsOf(site, path.slice(dot + 1)))
      .find(fits);
    if (read || (shape.length === 2 && !isTable)) {
      return read;
    }
    const called = named.get(path);
    if (called && fits(called)) {
      return called;
    }
    const [alike, ...others] = isTable
      ? [...named.values()].filter(({ tensor }) => `${shapeOfWeight(tensor)}` === `${shape}`)
      : [];
    return others.length === 0 ? alike : undefined;
  };
}

function scopesOf(graph: OnnxGraph, outer: Scope['initializers'] = new Map()): Scope[] {
  const own = graph.initializers.map((tensor) => [tensor.name, tensor] as const);
  const initializers = new Map([...outer, ...own]);
  const inner = graph.nodes
    .flatMap(({ attributes }) => attributes)
    .flatMap(({ graph: branch }) => (branch ? scopesOf(branch, initializers) : []));
  return [{ graph, initializers }, ...inner];
}

function sitesOf(scope: Scope): Site[] {
  const { nodes } = scope.graph;
  const producers = new Map(
    nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  return nodes.map((node) => ({ node, scope, producers }));
}

function operandsOf({ node, scope, producers }: Site, parameter: string): StoredWeight[] {
  const isMatrix = parameter === 'weight' && MATRIX_PRODUCTS.includes(node.opType);
  return (OPERANDS[parameter]?.[node.opType] ?? []).flatMap((input) => {
    const operand = resolve(node.inputs[input] ?? '', scope, producers, isMatrix ? 1 : 0);
    // x @ w has inputs along the rows of w, PyTorch's linear layers along its columns.
    const turns = isMatrix && attributeOf(node, 'transB', 0) === 0;
    return operand ? [{ ...operand, transposed: operand.transposed !== turns }] : [];
  });
}

/** The weight that a value is, or is made of by operators that change nothing of its numbers. */
function resolve(
  value: string,
  scope: Scope,
  producers: Producers,
  channelAxis: number,
): StoredWeight | undefined {
  const tensor = scope.initializers.get(value);
  if (tensor) {
    return stored(tensor, scope, channelAxis);
  }
  const node = producers.get(value);
  const [data = '', scaleName = '', zeroName = ''] = node?.inputs ?? [];
  const operand = node && resolve(data, scope, producers, channelAxis);
  switch (node?.opType) {
    case 'Cast':
    case 'Identity':
    case 'Reshape':
      return operand;
    case 'Transpose':
      return operand && { ...operand, transposed: !operand.transposed };
    case 'DequantizeLinear': {
      const scale = scope.initializers.get(scaleName);
      const zeroPoint = scope.initializers.get(zeroName);
      if (!operand || !scale) {
        return undefined;
      }
      const rank = shapeOfWeight(operand.tensor).length;
      const axis = attributeOf(node, 'axis', 1);
      const fromFirst = axis < 0 ? axis + rank : axis;
      const storedAxis = operand.transposed ? rank - 1 - fromFirst : fromFirst;
      return { ...operand, quantization: { scale, zeroPoint, axis: storedAxis } };
    }
    default:
      return undefined;
  }
}

/** onnxruntime's quantiser names what it makes of `x` so that `x_scale` belongs to `x_quantized`. */
function stored(tensor: OnnxTensor, { initializers }: Scope, channelAxis = 0): StoredWeight {
  const name = tensor.name.replace(/_quantized$/, '');
  const scale = initializers.get(`${name}_scale`);
  const zeroPoint = initializers.get(`${name}_zero_point`);
  return {
    tensor,
    quantization: scale && { scale, zeroPoint, axis: channelAxis },
    transposed: false,
  };
}

/** The module of a node, by the scope in its name: `/model/decoder/layers.0/fc1/MatMul`. */
function moduleOf({ rest }: OnnxNode): string {
  const name = rest.find(({ number }) => number === NODE_NAME)?.payload;
  const path = name instanceof Uint8Array ? Buffer.from(name).toString('utf8') : '';
  return pathOf(path.split('/').filter(Boolean).slice(0, -1).join('.'));
}

/** A name without what exporters put before and after it: they write the halves of a model alone. */
function pathOf(name: string): string {
  return name
    .replace(/^(model\.)?((en|de)coder\.)?/, '')
    .replace(/_quantized$/, '')
    .replace(/_merged_\d+$/, '');
}

function attributeOf({ attributes }: OnnxNode, wanted: string, otherwise: number): number {
  const attribute: OnnxAttribute | undefined = attributes.find(({ name }) => name === wanted);
  return attribute ? (intsOf(attribute)[0] ?? otherwise) : otherwise;
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
