import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT } from '../../../onnx/graph/literals.ts';
import type { DecoderPasses, TextCache } from '../in-graph/decoder-passes.ts';
import {
  type LayerCache,
  writeCrossCaches,
  writeLogits,
  writeStep,
  writeTextPass,
} from './decoder.ts';
import type { WhisperNetwork } from './network.ts';

/** Where the next token stands, int64 [1]: kept beside the keys and values, and on their device. */
const POSITION = 'position';

/**
 * The passes of the network's decoder. The prefill reads the prompts from the
 * input `input_ids`.
 *
 * @param states what the encoder made of what each text is of, [batch, positions, d_model]
 */
export function networkPasses(network: WhisperNetwork, states: Value): DecoderPasses {
  const { dimensions, elementType } = network;
  const layers = Array.from({ length: dimensions.decoderLayers }, (_, layer) => layer);
  const names = layers.map((layer) => ({ key: `key.${layer}`, value: `value.${layer}` }));
  const cached = (self: readonly LayerCache[], position: Value): TextCache =>
    Object.fromEntries([
      [POSITION, position],
      ...self.flatMap((cache, layer) => [
        [names[layer]!.key, cache.key],
        [names[layer]!.value, cache.value],
      ]),
    ]);
  let cross: readonly LayerCache[] = [];
  const logitsOf = (g: GraphBuilder, hidden: Value) =>
    writeLogits(g, network, hidden, ELEMENT.float32);

  return {
    cacheTypes: Object.fromEntries([
      [POSITION, ELEMENT.int64],
      ...names.flatMap(({ key, value }) => [
        [key, elementType],
        [value, elementType],
      ]),
    ]),
    prefill: (g) => {
      cross = writeCrossCaches(g, network, states);
      const { hidden, self } = writeTextPass(g, network, 'input_ids', cross);
      const length = g.slice(g.shape('input_ids'), 0, 1, 2);
      return {
        // Of the prompt's positions only those asked for go through the vocabulary.
        logitsAfter: (position) => logitsOf(g, g.gather(hidden, position, 1)),
        cache: cached(self, length),
      };
    },
    step: (g, token, cache) => {
      const position = cache[POSITION]!;
      const self = names.map(({ key, value }) => ({ key: cache[key]!, value: cache[value]! }));
      const { hidden, self: grown } = writeStep(g, network, token, position, { self, cross });
      return {
        logits: logitsOf(g, g.gather(hidden, g.int64(0), 1)),
        cache: cached(grown, g.add(position, g.int64(1))),
      };
    },
  };
}
