import { intAttribute, intsAttribute } from '../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type NetworkWriter,
  networkWriter,
} from '../../../gpu-container/src/onnx/graph/network-writer.ts';
import { positionsOf, type VisionShape } from './vision-shape.ts';
import type { LayerWeights, Linear, Normalisation, VisionWeights } from './vision-weights.ts';

const EPSILON = 1e-5;
/** Of "quick" GELU, x · σ(1.702 x). */
const QUICK_GELU_SLOPE = 1.702;

/**
 * The bytes of an ONNX file of CLIP's vision transformer with its projection,
 * `pixel_values` [batch, 3, size, size] → `image_embeds` [batch, dims]: the
 * operators, and the names, that the export of transformers' module has.
 */
export function writeVisionGraph(shape: VisionShape, weights: VisionWeights): Uint8Array {
  const { width, imageSize, dims } = shape;
  const network = networkWriter('clip-vision');
  let hidden = normalise(network, embedPatches(network, shape, weights), weights.beforeLayers);
  for (const layer of weights.layers) {
    hidden = network.operator('Add', [hidden, attend(network, shape, hidden, layer)]);
    hidden = network.operator('Add', [hidden, perceive(network, shape, hidden, layer)]);
  }
  const first = network.operator('Gather', [hidden, network.integers(0)], intAttribute('axis', 1));
  const row = network.operator('Reshape', [first, network.integers(-1, width)]);
  const projection = network.weight(weights.projection, width, dims);
  const value = network.operator('MatMul', [
    normalise(network, row, weights.afterLayers),
    projection,
  ]);
  return network.write({ pixel_values: ['batch', 3, imageSize, imageSize] }, [
    { name: 'image_embeds', value, shape: ['batch', dims] },
  ]);
}

/** [batch, positions, width]: the class, then the patches row by row, and where each is. */
function embedPatches(
  network: NetworkWriter,
  shape: VisionShape,
  { patches, classPosition, positions }: VisionWeights,
): string {
  const { width, patchSize } = shape;
  const kernel = network.weight(patches, width, 3, patchSize, patchSize);
  const grid = network.operator(
    'Conv',
    ['pixel_values', kernel],
    intsAttribute('kernel_shape', [patchSize, patchSize]),
    intsAttribute('strides', [patchSize, patchSize]),
  );
  const columns = network.operator('Reshape', [grid, network.integers(0, width, -1)]);
  const rows = network.operator('Transpose', [columns], intsAttribute('perm', [0, 2, 1]));
  const batch = network.operator('Gather', [
    network.operator('Shape', ['pixel_values']),
    network.integers(0),
  ]);
  const classShape = network.operator(
    'Concat',
    [batch, network.integers(1, width)],
    intAttribute('axis', 0),
  );
  const classRow = network.weight(classPosition, 1, 1, width);
  const classes = network.operator('Expand', [classRow, classShape]);
  return network.operator('Add', [
    network.operator('Concat', [classes, rows], intAttribute('axis', 1)),
    network.weight(positions, 1, positionsOf(shape), width),
  ]);
}

function attend(
  network: NetworkWriter,
  { width, heads }: VisionShape,
  hidden: string,
  layer: LayerWeights,
): string {
  const input = normalise(network, hidden, layer.beforeAttention);
  const headWidth = width / heads;
  const headsOf = (x: string, perm: readonly number[]) =>
    network.operator(
      'Transpose',
      [network.operator('Reshape', [x, network.integers(0, -1, heads, headWidth)])],
      intsAttribute('perm', perm),
    );
  const scaled = network.operator('Mul', [
    project(network, input, layer.query, width),
    network.weight(Float32Array.of(1 / Math.sqrt(headWidth))),
  ]);
  const query = headsOf(scaled, [0, 2, 1, 3]);
  const key = headsOf(project(network, input, layer.key, width), [0, 2, 3, 1]);
  const value = headsOf(project(network, input, layer.value, width), [0, 2, 1, 3]);
  const scores = network.operator('MatMul', [query, key]);
  const shares = network.operator('Softmax', [scores], intAttribute('axis', -1));
  const mixed = network.operator(
    'Transpose',
    [network.operator('MatMul', [shares, value])],
    intsAttribute('perm', [0, 2, 1, 3]),
  );
  const joined = network.operator('Reshape', [mixed, network.integers(0, -1, width)]);
  return project(network, joined, layer.output, width);
}

function perceive(
  network: NetworkWriter,
  { width, mlpWidth }: VisionShape,
  hidden: string,
  layer: LayerWeights,
): string {
  const input = normalise(network, hidden, layer.beforeMlp);
  const expanded = project(network, input, layer.expand, mlpWidth);
  const slope = network.weight(Float32Array.of(QUICK_GELU_SLOPE));
  const gate = network.operator('Sigmoid', [network.operator('Mul', [expanded, slope])]);
  return project(network, network.operator('Mul', [expanded, gate]), layer.contract, width);
}

function project(
  network: NetworkWriter,
  input: string,
  { matrix, bias }: Linear,
  outputs: number,
): string {
  const weight = network.weight(matrix, matrix.length / outputs, outputs);
  const product = network.operator('MatMul', [input, weight]);
  return network.operator('Add', [product, network.weight(bias, outputs)]);
}

/** Over the last axis, in the operators that exports have had before there was one for it. */
function normalise(network: NetworkWriter, input: string, { gain, bias }: Normalisation): string {
  const mean = (x: string) => network.operator('ReduceMean', [x], intsAttribute('axes', [-1]));
  const centred = network.operator('Sub', [input, mean(input)]);
  const two = network.weight(Float32Array.of(2));
  const variance = mean(network.operator('Pow', [centred, two]));
  const epsilon = network.weight(Float32Array.of(EPSILON));
  const deviation = network.operator('Sqrt', [network.operator('Add', [variance, epsilon])]);
  const scaled = network.operator('Mul', [
    network.operator('Div', [centred, deviation]),
    network.weight(gain, gain.length),
  ]);
  return network.operator('Add', [scaled, network.weight(bias, bias.length)]);
}
