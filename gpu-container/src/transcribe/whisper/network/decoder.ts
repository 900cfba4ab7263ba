import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { intAttribute } from '../../../onnx/graph/literals.ts';
import { addToResidual, feedForward, project, type Residual, startResidual } from './layers.ts';
import type { WhisperNetwork } from './network.ts';

const DECODER = 'model.decoder';

/** Keys and values of one layer, each [batch, heads, positions, headSize]. */
export type LayerCache = { readonly key: Value; readonly value: Value };

/** What a pass makes of the tokens it is given. */
export type DecoderPass = {
  /** [batch, positions, d_model], as the logits are made of. */
  readonly hidden: Value;
  /** Of the tokens passed so far, one per layer. */
  readonly self: readonly LayerCache[];
};

/** What a pass over whole texts makes besides. */
export type TextPass = DecoderPass & {
  /** How much each head heard where, [batch, heads, positions, encoderPositions], one per layer. */
  readonly listened: readonly Value[];
};

/** Writes what the decoder's layers know of the audio. */
export function writeCrossCaches(
  g: GraphBuilder,
  network: WhisperNetwork,
  states: Value,
): LayerCache[] {
  return layerNames(network).map((layer) => {
    const attention = `${layer}.encoder_attn`;
    const key = project(g, states, network.weight(`${attention}.k_proj.weight`));
    const value = projectWithBias(g, network, states, `${attention}.v_proj`);
    return { key: splitHeads(g, network, key), value: splitHeads(g, network, value) };
  });
}

/**
 * Writes a pass over whole texts: each position sees itself and those before.
 *
 * @param tokens int64 [batch, positions]
 */
export function writeTextPass(
  g: GraphBuilder,
  network: WhisperNetwork,
  tokens: Value,
  cross: readonly LayerCache[],
): TextPass {
  const { decoderHeads, headSize } = network.dimensions;
  const listened: Value[] = [];
  const length = g.slice(g.shape(tokens), 0, 1, 2);
  const positions = g.firstOf(network.weight(`${DECODER}.embed_positions.weight`), 0, length);
  const pass = writePass(g, network, embed(g, network, tokens, positions), {
    attend: (q, k, v) => {
      const [attended] = g.microsoft(
        1,
        'MultiHeadAttention',
        [q, k, v],
        intAttribute('num_heads', decoderHeads),
        intAttribute('unidirectional', 1),
      );
      return {
        attended: attended!,
        cache: { key: splitHeads(g, network, k), value: splitHeads(g, network, v) },
      };
    },
    // Step by step, for the weights are wanted.
    listen: (query, layer) => {
      const { key, value } = cross[layer]!;
      const scores = project(g, splitHeads(g, network, query), key, headSize ** -0.5);
      const weights = g.softmax(scores, -1);
      listened.push(weights);
      return joinHeads(g, g.matMul(weights, value), decoderHeads * headSize);
    },
  });
  return { ...pass, listened };
}

/**
 * Writes a pass of one more token of each text, on top of the cache.
 *
 * @param token int64 [batch, 1]
 * @param position where it stands, int64 [1]
 */
export function writeStep(
  g: GraphBuilder,
  network: WhisperNetwork,
  token: Value,
  position: Value,
  { self, cross }: { self: readonly LayerCache[]; cross: readonly LayerCache[] },
): DecoderPass {
  const heads = intAttribute('num_heads', network.dimensions.decoderHeads);
  const place = g.gather(network.weight(`${DECODER}.embed_positions.weight`), position, 0);
  return writePass(g, network, embed(g, network, token, place), {
    attend: (q, k, v, layer) => {
      const { key: pastKey, value: pastValue } = self[layer]!;
      const [attended, key, value] = g.microsoft(
        3,
        'MultiHeadAttention',
        [q, k, v, '', '', '', pastKey, pastValue],
        heads,
      );
      return { attended: attended!, cache: { key: key!, value: value! } };
    },
    listen: (query, layer) => {
      const { key, value } = cross[layer]!;
      return g.microsoft(1, 'MultiHeadAttention', [query, key, value], heads)[0]!;
    },
  });
}

/** Writes the logits of positions, float32, from what a pass made of them. */
export function writeLogits(
  g: GraphBuilder,
  network: WhisperNetwork,
  hidden: Value,
  float32: number,
): Value {
  return g.cast(project(g, hidden, network.weight(`${DECODER}.embed_tokens.weight`)), float32);
}

type PassKind = {
  /** Attention to the tokens passed. All values are [batch, positions, d_model]. */
  readonly attend: (
    q: Value,
    k: Value,
    v: Value,
    layer: number,
  ) => { attended: Value; cache: LayerCache };
  /** Attention to the audio. */
  readonly listen: (query: Value, layer: number) => Value;
};

function writePass(
  g: GraphBuilder,
  network: WhisperNetwork,
  embedded: Value,
  { attend, listen }: PassKind,
): DecoderPass {
  const names = layerNames(network);
  const self: LayerCache[] = [];
  const firstNorm = `${names[0]}.self_attn_layer_norm`;
  let residual: Residual = startResidual(g, network, embedded, firstNorm);
  for (const [layer, name] of names.entries()) {
    const own = `${name}.self_attn`;
    const stacked = network.stackedWeight(
      `${own}.q_proj.weight`,
      `${own}.k_proj.weight`,
      `${own}.v_proj.weight`,
    );
    const projected = g.add(project(g, residual.normalised, stacked), network.attentionBias(own));
    const [q, k, v] = g.split(projected, 2, 3);
    const { attended, cache } = attend(q!, k!, v!, layer);
    self.push(cache);
    const said = project(g, attended, network.weight(`${own}.out_proj.weight`));
    const crossNorm = `${name}.encoder_attn_layer_norm`;
    residual = addToResidual(g, network, residual, said, `${own}.out_proj`, crossNorm);

    const audio = `${name}.encoder_attn`;
    const query = projectWithBias(g, network, residual.normalised, `${audio}.q_proj`);
    const heard = listen(query, layer);
    const out = project(g, heard, network.weight(`${audio}.out_proj.weight`));
    const feedNorm = `${name}.final_layer_norm`;
    residual = addToResidual(g, network, residual, out, `${audio}.out_proj`, feedNorm);

    const next = names[layer + 1];
    const norm = next ? `${next}.self_attn_layer_norm` : `${DECODER}.layer_norm`;
    const fed = feedForward(g, network, residual.normalised, name);
    residual = addToResidual(g, network, residual, fed, `${name}.fc2`, norm);
  }
  return { hidden: residual.normalised, self };
}

function layerNames({ dimensions }: WhisperNetwork): string[] {
  return Array.from(
    { length: dimensions.decoderLayers },
    (_, layer) => `${DECODER}.layers.${layer}`,
  );
}

function embed(g: GraphBuilder, network: WhisperNetwork, tokens: Value, positions: Value): Value {
  return g.add(g.gather(network.weight(`${DECODER}.embed_tokens.weight`), tokens, 0), positions);
}

function projectWithBias(
  g: GraphBuilder,
  network: WhisperNetwork,
  x: Value,
  projection: string,
): Value {
  const product = project(g, x, network.weight(`${projection}.weight`));
  return g.add(product, network.weight(`${projection}.bias`));
}

/** [batch, positions, d_model] to [batch, heads, positions, headSize] */
function splitHeads(g: GraphBuilder, { dimensions }: WhisperNetwork, x: Value): Value {
  const { decoderHeads, headSize } = dimensions;
  return g.transpose(g.reshape(x, 0, -1, decoderHeads, headSize), 0, 2, 1, 3);
}

/** [batch, heads, positions, headSize] to [batch, positions, d_model] */
function joinHeads(g: GraphBuilder, x: Value, width: number): Value {
  return g.reshape(g.transpose(x, 0, 2, 1, 3), 0, -1, width);
}
