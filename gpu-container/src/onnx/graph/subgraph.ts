import type { OnnxGraph, OnnxNode, OnnxTensor } from './model-file.ts';

/** Nodes that can be put into a graph, their own weights, and what they make, in the order asked for. */
export type Subgraph = {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly outputs: readonly string[];
};

/**
 * A copy of nodes for use beside others: what is their own gets a prefix, what
 * they read from outside is bound to other names where `bindings` has it. Other
 * names stay. Nodes that the outputs do not need are left out.
 *
 * @param nodes in the order they are computed in
 */
export function copySubgraph(
  { nodes, initializers, outputs }: Subgraph,
  prefix: string,
  bindings: ReadonlyMap<string, string>,
): Subgraph {
  const own = new Set([...nodes.flatMap(namesMade), ...initializers.map(({ name }) => name)]);
  own.delete(NOTHING);
  const rename = (name: string) =>
    own.has(name) ? `${prefix}${name}` : (bindings.get(name) ?? name);
  return {
    nodes: neededFor(outputs, nodes).map((node) => renameNode(node, rename)),
    initializers: renameAll(initializers, rename),
    outputs: outputs.map(rename),
  };
}

/** The nodes that these values come from, in the order of the nodes. */
export function neededFor(outputs: readonly string[], nodes: readonly OnnxNode[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const needed = nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((name) => name !== NOTHING && wanted.has(name));
    if (isNeeded) {
      for (const name of namesRead(node)) {
        wanted.add(name);
      }
    }
    return isNeeded;
  });
  return needed.reverse();
}

/** A graph less the nodes and weights that its outputs do not come from. */
export function pruneGraph(graph: OnnxGraph): OnnxGraph {
  const outputs = graph.outputs.map(({ name }) => name);
  const nodes = neededFor(outputs, graph.nodes);
  // A weight that is an input as well is what that one is by default.
  const inputs = graph.inputs.map(({ name }) => name);
  const kept = new Set([...inputs, ...outputs, ...nodes.flatMap(namesRead)]);
  return { ...graph, nodes, initializers: graph.initializers.filter(({ name }) => kept.has(name)) };
}

function namesRead(node: OnnxNode): string[] {
  const inner = graphsOf(node).flatMap((graph) => [
    ...graph.nodes.flatMap(namesRead),
    ...graph.outputs.map(({ name }) => name),
  ]);
  return [...node.inputs, ...inner];
}

function namesMade(node: OnnxNode): string[] {
  const inner = graphsOf(node).flatMap((graph) => [
    ...graph.nodes.flatMap(namesMade),
    ...[...graph.inputs, ...graph.initializers].map(({ name }) => name),
  ]);
  return [...node.outputs, ...inner];
}

/** All nodes of a graph, those of the graphs within it included. */
export function nodesWithin({ nodes }: OnnxGraph): OnnxNode[] {
  return nodes.flatMap((node) => [node, ...graphsOf(node).flatMap(nodesWithin)]);
}

function graphsOf({ attributes }: OnnxNode): OnnxGraph[] {
  return attributes.flatMap(({ graph }) => (graph ? [graph] : []));
}

/** The name of an optional input or output that is left out. */
const NOTHING = '';

type Rename = (name: string) => string;

function renameAll<Named extends { readonly name: string }>(
  named: readonly Named[],
  rename: Rename,
): Named[] {
  return named.map((one) => ({ ...one, name: rename(one.name) }));
}

function renameNode(node: OnnxNode, rename: Rename): OnnxNode {
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: node.attributes.map((attribute) => ({
      ...attribute,
      graph: attribute.graph && renameGraph(attribute.graph, rename),
    })),
  };
}

function renameGraph(graph: OnnxGraph, rename: Rename): OnnxGraph {
  return {
    name: graph.name,
    nodes: graph.nodes.map((node) => renameNode(node, rename)),
    initializers: renameAll(graph.initializers, rename),
    inputs: renameAll(graph.inputs, rename),
    outputs: renameAll(graph.outputs, rename),
    // Hints about inner values would name them as they were.
    rest: [],
  };
}
