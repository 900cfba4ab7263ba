import { describe, expect, it } from '@jest/globals';
import type { OnnxNode } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  copySubgraph,
  neededFor,
  nodesWithin,
  pruneGraph,
} from '../../../../../gpu-container/src/onnx/graph/subgraph.ts';

const node = (opType: string, inputs: string[], outputs: string[]): OnnxNode => ({
  opType,
  inputs,
  outputs,
  attributes: [],
  rest: [],
});

describe('copySubgraph', () => {
  const bias = { name: 'bias', rest: [] };
  const nodes = [
    node('Add', ['audio', 'weight'], ['sum']),
    node('Relu', ['sum'], ['unused']),
    node('Clip', ['sum', '', 'bias'], ['clipped']),
  ];
  const subgraph = { nodes, initializers: [bias], outputs: ['clipped'] };

  it('prefixes what is its own, binds what it is told to, and keeps other names', () => {
    const copy = copySubgraph(subgraph, 'a/', new Map([['audio', 'states']]));

    expect(copy.nodes.map(({ inputs }) => inputs)).toEqual([
      ['states', 'weight'],
      ['a/sum', '', 'a/bias'],
    ]);
    expect(copy.outputs).toEqual(['a/clipped']);
    expect(copy.initializers.map(({ name }) => name)).toEqual(['a/bias']);
  });

  it('leaves out nodes that no output needs', () => {
    const { nodes } = copySubgraph(subgraph, 'a/', new Map());
    expect(nodes.map(({ opType }) => opType)).toEqual(['Add', 'Clip']);
  });

  it('reaches into the graphs of its nodes', () => {
    const branch = {
      name: 'then',
      nodes: [node('Mul', ['sum', 'audio'], ['product'])],
      initializers: [],
      inputs: [],
      outputs: [{ name: 'product', rest: [] }],
      rest: [],
    };
    const choice = {
      ...node('If', ['condition'], ['chosen']),
      attributes: [{ name: 'then_branch', graph: branch, rest: [] }],
    };
    const copy = copySubgraph(
      { nodes: [...nodes, choice], initializers: [], outputs: ['chosen'] },
      'a/',
      new Map([['audio', 'states']]),
    );

    expect(copy.nodes.map(({ opType }) => opType)).toEqual(['Add', 'If']);
    const copied = copy.nodes[1]!.attributes[0]!.graph!;
    expect(copied.nodes[0]).toMatchObject({ inputs: ['a/sum', 'states'], outputs: ['a/product'] });
    expect(copied.outputs[0]!.name).toBe('a/product');
  });
});

describe('the nodes of a graph', () => {
  const graphOf = (nodes: OnnxNode[], output: string) => ({
    name: '',
    nodes,
    initializers: [],
    inputs: [],
    outputs: [{ name: output, rest: [] }],
    rest: [],
  });
  const withBody = (loop: OnnxNode, nodes: OnnxNode[], output: string) => ({
    ...loop,
    attributes: [{ name: 'body', graph: graphOf(nodes, output), rest: [] }],
  });
  const inner = withBody(
    node('Loop', ['trips'], ['inner']),
    [node('Relu', ['scaled'], ['deep'])],
    'deep',
  );
  const outer = withBody(node('If', ['condition'], ['chosen']), [inner], 'inner');
  const nodes = [
    node('Mul', ['x', 'scale'], ['scaled']),
    node('Split', ['scaled'], ['', 'half']),
    outer,
    node('Add', ['x', ''], ['sum']),
  ];

  it('are all there, down to those of graphs within graphs', () => {
    expect(nodesWithin(graphOf(nodes, 'chosen')).map(({ opType }) => opType)).toEqual([
      'Mul',
      'Split',
      'If',
      'Loop',
      'Relu',
      'Add',
    ]);
  });

  it.each([
    ['read two graphs below', ['chosen'], ['Mul', 'If']],
    ['read directly', ['half'], ['Mul', 'Split']],
    ['wanted and another', ['sum', 'scaled'], ['Mul', 'Add']],
    ['made by no node', ['x', ''], []],
  ])('are needed in their order where what they make is %s', (_, outputs, needed) => {
    expect(neededFor(outputs, nodes).map(({ opType }) => opType)).toEqual(needed);
  });

  it('go where no output comes from them, and their weights with them', () => {
    const weight = (name: string) => ({ name, rest: [] });
    const graph = {
      ...graphOf(nodes, 'chosen'),
      inputs: [weight('given')],
      initializers: ['scale', 'trips', 'unread', 'given'].map(weight),
    };
    const pruned = pruneGraph(graph);

    expect(pruned.nodes.map(({ opType }) => opType)).toEqual(['Mul', 'If']);
    expect(pruned.initializers.map(({ name }) => name)).toEqual(['scale', 'trips', 'given']);
  });
});
