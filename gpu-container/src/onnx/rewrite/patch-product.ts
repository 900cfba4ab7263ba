import { graphBuilder } from '../graph/graph-builder.ts';
import { intsOf } from '../graph/literals.ts';
import type { OnnxModel, OnnxNode } from '../graph/model-file.ts';
import { pruneGraph } from '../graph/subgraph.ts';

/**
 * Cuts pictures and clips into patches by a matrix product, where a graph does it by a
 * convolution whose steps are as long as its kernel (Dosovitskiy et al., 2021, ViT): no two
 * patches share a pixel, so that each is a row and the kernels are the matrix. A product of
 * that kind is as fast on a GPU as any; convolutions over time and space in half precision
 * are not, and their algorithm is searched for anew at every size of a batch. Other
 * convolutions are left as they are.
 *
 * The sides of pictures must be multiples of those of a patch.
 */
export function multiplyPatches(model: OnnxModel): OnnxModel {
  const { graph, opset } = model;
  const nodes = graph.nodes.flatMap((node) => {
    const patch = patchOf(node);
    return patch === undefined ? [node] : productNodes(node, patch, opset);
  });
  return nodes.length === graph.nodes.length
    ? model
    : { ...model, graph: pruneGraph({ ...graph, nodes }) };
}

/** The sides of a kernel that never looks at a pixel twice; undefined for any other node. */
function patchOf({ opType, attributes }: OnnxNode): number[] | undefined {
  if (opType !== 'Conv') {
    return undefined;
  }
  const integersOf = (wanted: string) => {
    const attribute = attributes.find(({ name }) => name === wanted);
    return attribute && intsOf(attribute);
  };
  const kernel = integersOf('kernel_shape');
  const isAll = (name: string, value: number) =>
    (integersOf(name) ?? []).every((each) => each === value);
  return kernel !== undefined &&
    integersOf('strides')?.join() === kernel.join() &&
    isAll('pads', 0) &&
    isAll('dilations', 1) &&
    isAll('group', 1)
    ? kernel
    : undefined;
}

/** From [batch, channels, ...sides] to [batch, width, ...patches along each side]. */
function productNodes(
  { inputs, outputs }: OnnxNode,
  kernel: readonly number[],
  opset: number,
): readonly OnnxNode[] {
  const [pictures, kernels, bias] = inputs as [string, string, string?];
  const g = graphBuilder(`${outputs[0]}/patches/`, opset);
  const axes = kernel.length;
  const range = (count: number, at: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => at(index));

  const shape = g.shape(pictures);
  const sides = g.slice(shape, 0, 2, 2 + axes);
  const counts = g.reshape(g.div(sides, g.int64s(...kernel)), axes, 1);
  const lengths = g.reshape(g.int64s(...kernel), axes, 1);
  const divided = g.reshape(g.concat([counts, lengths], 1), -1);
  // [batch, channels, count, length, count, length, ...]
  const apart = g.op('Reshape', [pictures, g.concat([g.slice(shape, 0, 0, 2), divided], 0)]);
  const together = g.transpose(
    apart,
    0,
    ...range(axes, (axis) => 2 + 2 * axis),
    1,
    ...range(axes, (axis) => 3 + 2 * axis),
  );
  const rows = g.reshape(together, 0, ...range(axes, () => 0), -1);
  const matrix = g.transpose(g.op('Flatten', [kernels]), 1, 0);
  const product = g.matMul(rows, matrix);
  const biased = bias === undefined || bias === '' ? product : g.add(product, bias);
  g.name(g.transpose(biased, 0, 1 + axes, ...range(axes, (axis) => 1 + axis)), outputs[0]!);
  return g.nodes;
}
