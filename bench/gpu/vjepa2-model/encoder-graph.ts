/// <reference lib="esnext.float16" />

import { VJEPA2_FRAME_SHAPE } from '../../../gpu-container/src/embed/vjepa2/vjepa2-preprocessing.ts';
import {
  type GraphBuilder,
  graphBuilder,
  type Value,
} from '../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  floatAttribute,
  intAttribute,
  intsAttribute,
  tensorAttribute,
  tensorValue,
} from '../../../gpu-container/src/onnx/graph/literals.ts';
import {
  newModel,
  type OnnxModel,
  type OnnxTensor,
} from '../../../gpu-container/src/onnx/graph/model-file.ts';
import { type RotaryAxis, rotaryAxes, rotate } from './rotary-positions.ts';
import { TUBELET, type Vjepa2Shape } from './shapes.ts';

const OPSET = 17;
const EPSILON = 1e-6;

/** Weights by the names under which transformers publishes them, products as [in, out]. */
export type Vjepa2Weights = (name: string) => OnnxTensor;

/**
 * V-JEPA 2's encoder as its export to ONNX has it, operator for operator in its
 * attention: `pixel_values_videos` float32 [batch, frames, 3, 256, 256] →
 * `last_hidden_state` float32 [batch, frames / 2 · 256, width].
 *
 * @param elementType float32 or float16: of the weights, and of all that is computed but angles
 */
export function buildEncoder(
  shape: Vjepa2Shape,
  weightOf: Vjepa2Weights,
  elementType: number,
): OnnxModel {
  const g = graphBuilder('', OPSET);
  const network: Network = { g, shape, elementType, weight: (name) => g.weight(weightOf(name)) };
  const pixels = g.cast('pixel_values_videos', elementType);
  let hidden = embedPatches(network, pixels);
  const tokens = g.gather(g.shape(hidden), g.int64(1), 0);
  const axes = rotaryAxes(g, tokens, shape.width / shape.heads, elementType);
  for (let layer = 0; layer < shape.layers; layer++) {
    const name = `encoder.layer.${layer}`;
    hidden = g.add(attend(network, hidden, name, axes), hidden);
    hidden = g.add(perceive(network, hidden, name), hidden);
  }
  const normalised = normalise(network, hidden, 'encoder.layernorm');
  g.name(g.cast(normalised, ELEMENT.float32), 'last_hidden_state');
  const graph = {
    name: 'vjepa2',
    nodes: g.nodes,
    initializers: g.initializers,
    inputs: [
      tensorValue('pixel_values_videos', ELEMENT.float32, [
        'batch_size',
        'num_frames',
        ...VJEPA2_FRAME_SHAPE,
      ]),
    ],
    outputs: [
      tensorValue('last_hidden_state', ELEMENT.float32, ['batch_size', 'tokens', shape.width]),
    ],
    rest: [],
  };
  return newModel(graph, OPSET);
}

type Network = {
  readonly g: GraphBuilder;
  readonly shape: Vjepa2Shape;
  readonly elementType: number;
  readonly weight: (name: string) => Value;
};

/** [batch, tokens, width] */
function embedPatches({ g, shape, weight }: Network, pixels: Value): Value {
  const patches = 'encoder.embeddings.patch_embeddings.proj';
  const grid = g.op(
    'Conv',
    [g.transpose(pixels, 0, 2, 1, 3, 4), weight(`${patches}.weight`), weight(`${patches}.bias`)],
    intsAttribute('kernel_shape', TUBELET),
    intsAttribute('strides', TUBELET),
  );
  return g.transpose(g.reshape(grid, 0, shape.width, -1), 0, 2, 1);
}

function attend(
  network: Network,
  hidden: Value,
  layer: string,
  axes: readonly RotaryAxis[],
): Value {
  const { g, shape } = network;
  const { width, heads } = shape;
  const headSize = width / heads;
  const input = normalise(network, hidden, `${layer}.norm1`);
  const headsOf = (part: string) => {
    const projected = project(network, input, `${layer}.attention.${part}`);
    return g.transpose(g.reshape(projected, 0, -1, heads, headSize), 0, 2, 1, 3);
  };
  const keys = rotate(g, headsOf('key'), axes, heads);
  const queries = rotate(g, headsOf('query'), axes, heads);
  const scores = g.matMul(queries, g.transpose(keys, 0, 1, 3, 2));
  const scaled = g.mul(scores, scalar(network, 1 / Math.sqrt(headSize)));
  const mixed = g.matMul(g.softmax(scaled, -1), headsOf('value'));
  const joined = g.reshape(g.transpose(mixed, 0, 2, 1, 3), 0, -1, width);
  return project(network, joined, `${layer}.attention.proj`);
}

function perceive(network: Network, hidden: Value, layer: string): Value {
  const { g } = network;
  const input = normalise(network, hidden, `${layer}.norm2`);
  const expanded = project(network, input, `${layer}.mlp.fc1`);
  const error = g.op('Erf', [g.div(expanded, scalar(network, Math.SQRT2))]);
  const gate = g.mul(scalar(network, 0.5), g.add(error, scalar(network, 1)));
  return project(network, g.mul(expanded, gate), `${layer}.mlp.fc2`);
}

function project({ g, weight }: Network, x: Value, name: string): Value {
  return g.add(g.matMul(x, weight(`${name}.weight`)), weight(`${name}.bias`));
}

function normalise({ g, weight }: Network, x: Value, name: string): Value {
  return g.op(
    'LayerNormalization',
    [x, weight(`${name}.weight`), weight(`${name}.bias`)],
    intAttribute('axis', -1),
    floatAttribute('epsilon', EPSILON),
  );
}

/** A number in the network's precision. */
function scalar({ g, elementType }: Network, value: number): Value {
  if (elementType === ELEMENT.float32) {
    return g.float32(value);
  }
  // The attribute holds the memory of the numbers, whatever they are.
  const half = new Float16Array([value]) as unknown as Float32Array;
  return g.op('Constant', [], tensorAttribute('value', ELEMENT.float16, half, []));
}
