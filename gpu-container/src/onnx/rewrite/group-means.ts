import { graphBuilder } from '../graph/graph-builder.ts';
import { ELEMENT, intAttribute, intsAttribute, tensorValue } from '../graph/literals.ts';
import type { OnnxModel } from '../graph/model-file.ts';

/**
 * Gives a graph one more output: the means of each `groupSize` rows in a row of one
 * that it has, [batch, rows, width] → [batch, rows / groupSize, width], summed up in
 * single precision. Who wants no more than means is spared all rows on the way from the
 * device.
 *
 * @param name of the new output
 */
export function addGroupMeans(
  model: OnnxModel,
  { output, name, groupSize }: { output: string; name: string; groupSize: number },
): OnnxModel {
  const { graph, opset } = model;
  const g = graphBuilder(`${name}/`, opset);
  const rows = g.cast(output, ELEMENT.float32);
  const width = g.slice(g.shape(rows), 0, 2, 3);
  const groups = g.op('Reshape', [rows, g.concat([g.int64s(0, -1, groupSize), width], 0)]);
  const keepsNoAxis = intAttribute('keepdims', 0);
  const means =
    opset < 18
      ? g.op('ReduceMean', [groups], intsAttribute('axes', [2]), keepsNoAxis)
      : g.op('ReduceMean', [groups, g.int64s(2)], keepsNoAxis);
  g.name(means, name);
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...g.nodes],
      outputs: [...graph.outputs, tensorValue(name, ELEMENT.float32, ['batch', 'groups', 'width'])],
    },
  };
}
