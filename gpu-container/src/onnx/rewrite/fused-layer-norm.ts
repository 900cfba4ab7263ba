import { float32Of, floatAttribute } from '../graph/literals.ts';
import {
  importMicrosoftOperators,
  MICROSOFT_OPERATOR,
  type OnnxModel,
  type OnnxNode,
} from '../graph/model-file.ts';
import { pruneGraph } from '../graph/subgraph.ts';
import { shapeOfWeight } from '../graph/weights.ts';

/**
 * Puts onnxruntime's SkipLayerNormalization in the place of a sum that is
 * normalised (Ba et al., 2016, Layer Normalization) step by step, together with the bias
 * of one of its terms: one pass over memory instead of three. onnxruntime's own optimiser
 * makes no more than a LayerNormalization of it where shapes vary. What is written in any
 * other way is left as it is.
 *
 * The terms of each sum must be of one shape, or one of them the same for all rows, as
 * embeddings of positions are.
 */
export function fuseLayerNorms(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const finder: Finder = {
    makers: new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node]))),
    vectors: new Set(
      graph.initializers
        .filter((weight) => shapeOfWeight(weight).length === 1)
        .map(({ name }) => name),
    ),
  };
  const nodes = graph.nodes.map((node) => {
    const found = findLayerNorm(node, finder);
    return found ? fusedNode(node, found) : node;
  });
  return nodes.every((node, index) => node === graph.nodes[index])
    ? model
    : importMicrosoftOperators({ ...model, graph: pruneGraph({ ...graph, nodes }) });
}

type Finder = {
  readonly makers: ReadonlyMap<string, OnnxNode>;
  /** Weights of one axis. */
  readonly vectors: ReadonlySet<string>;
};

/** The names of what goes in. */
type LayerNorm = Record<'one' | 'other' | 'gamma' | 'beta', string> & {
  readonly bias: string | undefined;
  readonly epsilon: number;
};

/** Follows (x - mean(x)) / sqrt(mean((x - mean(x))²) + epsilon) · gamma + beta from its end. */
function findLayerNorm(end: OnnxNode, finder: Finder): LayerNorm | undefined {
  const maker = (name: string | undefined, opType: string) => {
    const node = name === undefined ? undefined : finder.makers.get(name);
    return node?.opType === opType ? node : undefined;
  };
  const shifted = weighted(end, 'Add', finder);
  const scaled = shifted && weighted(maker(shifted.term, 'Mul'), 'Mul', finder);
  const division = maker(scaled?.term, 'Div');
  const centred = maker(division?.inputs[0], 'Sub');
  const mean = maker(centred?.inputs[1], 'ReduceMean');
  const variance = maker(maker(division?.inputs[1], 'Sqrt')?.inputs[0], 'Add');
  const square = maker(maker(variance?.inputs[0], 'ReduceMean')?.inputs[0], 'Pow');
  const constant = maker(variance?.inputs[1], 'Constant')?.attributes[0];
  const epsilon = constant && float32Of(constant);
  const sum = maker(centred?.inputs[0], 'Add');
  if (
    !shifted ||
    !scaled ||
    !sum ||
    epsilon === undefined ||
    mean?.inputs[0] !== centred?.inputs[0] ||
    square?.inputs[0] !== centred?.outputs[0] ||
    weighted(sum, 'Add', finder)
  ) {
    return undefined;
  }
  const [one, other] = sum.inputs as [string, string];
  const biased = weighted(finder.makers.get(one), 'Add', finder);
  return {
    one: biased?.term ?? one,
    other,
    gamma: scaled.vector,
    beta: shifted.vector,
    bias: biased?.vector,
    epsilon,
  };
}

/** What a node puts together with a weight of one axis. */
function weighted(
  node: OnnxNode | undefined,
  opType: string,
  { vectors }: Finder,
): { readonly term: string; readonly vector: string } | undefined {
  if (node?.opType !== opType) {
    return undefined;
  }
  const vector = node.inputs.find((name) => vectors.has(name));
  const term = node.inputs.find((name) => !vectors.has(name));
  return vector === undefined || term === undefined ? undefined : { term, vector };
}

/** In the place of a layer norm's last node. */
function fusedNode(
  { outputs }: OnnxNode,
  { one, other, gamma, beta, bias, epsilon }: LayerNorm,
): OnnxNode {
  return {
    opType: 'SkipLayerNormalization',
    inputs: [one, other, gamma, beta, ...(bias === undefined ? [] : [bias])],
    outputs,
    attributes: [floatAttribute('epsilon', epsilon)],
    rest: MICROSOFT_OPERATOR,
  };
}
