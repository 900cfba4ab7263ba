import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { floatAttribute, intAttribute } from '../../../onnx/graph/literals.ts';
import type { WhisperNetwork } from './network.ts';

const LAYER_NORM_EPSILON = 1e-5;

/** The sum that runs through the layers, [batch, positions, d_model], and the same normalised. */
export type Residual = { readonly sum: Value; readonly normalised: Value };

/**
 * x · weightᵀ, as published weights lie: [out, in]. A bias is left to what comes
 * after, which adds it on its way.
 *
 * @param scale of the product
 */
export function project(g: GraphBuilder, x: Value, weight: Value, scale = 1): Value {
  const [product] = g.microsoft(
    1,
    'FusedMatMul',
    [x, weight],
    intAttribute('transB', 1),
    floatAttribute('alpha', scale),
  );
  return product!;
}

/** Normalises the sum that a network starts with. */
export function startResidual(
  g: GraphBuilder,
  network: WhisperNetwork,
  sum: Value,
  norm: string,
): Residual {
  const normalised = g.op(
    'LayerNormalization',
    [sum, network.weight(`${norm}.weight`), network.weight(`${norm}.bias`)],
    intAttribute('axis', -1),
    floatAttribute('epsilon', LAYER_NORM_EPSILON),
  );
  return { sum, normalised };
}

/**
 * Adds to the residual what a layer made, with the bias that its last projection
 * has left out, and normalises the sum for the layer after.
 *
 * @param projection of whose bias it is
 * @param norm of the layer after
 */
export function addToResidual(
  g: GraphBuilder,
  network: WhisperNetwork,
  { sum }: Residual,
  made: Value,
  projection: string,
  norm: string,
): Residual {
  const [normalised, , , added] = g.microsoft(
    4,
    'SkipLayerNormalization',
    [
      made,
      sum,
      network.weight(`${norm}.weight`),
      network.weight(`${norm}.bias`),
      network.weight(`${projection}.bias`),
    ],
    floatAttribute('epsilon', LAYER_NORM_EPSILON),
  );
  return { sum: added!, normalised: normalised! };
}

/** The two projections between attentions; the bias of the second is left out. */
export function feedForward(
  g: GraphBuilder,
  network: WhisperNetwork,
  x: Value,
  layer: string,
): Value {
  const wide = project(g, x, network.weight(`${layer}.fc1.weight`));
  const active = biasedGelu(g, wide, network.weight(`${layer}.fc1.bias`));
  return project(g, active, network.weight(`${layer}.fc2.weight`));
}

export function biasedGelu(g: GraphBuilder, x: Value, bias: Value): Value {
  return g.microsoft(1, 'BiasGelu', [x, bias])[0]!;
}
