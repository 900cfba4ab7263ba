import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { intAttribute } from '../../../onnx/graph/literals.ts';
import { addToResidual, biasedGelu, feedForward, project, startResidual } from './layers.ts';
import type { WhisperNetwork } from './network.ts';

const ENCODER = 'model.encoder';

/**
 * Writes the encoder. Its two convolutions are products with each frame's
 * neighbours beside it: a convolution's algorithm would be searched for anew at
 * every size of batch.
 *
 * @param features log-mel, float32 [batch, frames, melBins]
 * @returns states [batch, frames / 2, d_model]
 */
export function writeEncoder(g: GraphBuilder, network: WhisperNetwork, features: Value): Value {
  const { melBins, encoderHeads, decoderHeads, headSize, encoderPositions } = network.dimensions;
  const width = decoderHeads * headSize;
  const input = g.cast(features, network.elementType);
  const first = convolve(g, network, input, 'conv1', melBins, 2 * encoderPositions, 1);
  const second = convolve(g, network, first, 'conv2', width, 2 * encoderPositions, 2);
  const placed = g.add(second, network.weight(`${ENCODER}.embed_positions.weight`));

  const layerName = (layer: number) => `${ENCODER}.layers.${layer}`;
  let residual = startResidual(g, network, placed, `${layerName(0)}.self_attn_layer_norm`);
  for (let layer = 0; layer < network.encoderLayers; layer++) {
    const name = layerName(layer);
    const attention = `${name}.self_attn`;
    const of = (part: string) =>
      project(g, residual.normalised, network.weight(`${attention}.${part}.weight`));
    const [attended] = g.microsoft(
      1,
      'MultiHeadAttention',
      [of('q_proj'), of('k_proj'), of('v_proj'), network.attentionBias(attention)],
      intAttribute('num_heads', encoderHeads),
    );
    const out = project(g, attended!, network.weight(`${attention}.out_proj.weight`));
    const norm = `${name}.final_layer_norm`;
    residual = addToResidual(g, network, residual, out, `${attention}.out_proj`, norm);
    const last = layer + 1 === network.encoderLayers;
    const next = last ? `${ENCODER}.layer_norm` : `${layerName(layer + 1)}.self_attn_layer_norm`;
    const fed = feedForward(g, network, residual.normalised, name);
    residual = addToResidual(g, network, residual, fed, `${name}.fc2`, next);
  }
  return residual.normalised;
}

/** Neighbours that a convolution sees on either side. */
const REACH = 1;
const KERNEL = 2 * REACH + 1;

/** @param x [batch, frames, channels] */
function convolve(
  g: GraphBuilder,
  network: WhisperNetwork,
  x: Value,
  name: string,
  channels: number,
  frames: number,
  stride: number,
): Value {
  const padded = g.op('Pad', [x, g.int64s(0, REACH, 0, 0, REACH, 0)]);
  const taps = Array.from({ length: KERNEL }, (_, tap) =>
    g.slice(padded, 1, tap, tap + frames - stride + 1, stride),
  );
  // Published as [out, channels, taps]; beside one another lie the channels of each tap.
  const weight = network.weight(`${ENCODER}.${name}.weight`);
  const matrix = g.reshape(g.transpose(weight, 0, 2, 1), 0, KERNEL * channels);
  const product = project(g, g.concat(taps, 2), matrix);
  return biasedGelu(g, product, network.weight(`${ENCODER}.${name}.bias`));
}
