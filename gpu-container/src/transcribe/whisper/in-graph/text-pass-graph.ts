import { graphBuilder } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../onnx/graph/literals.ts';
import type { OnnxModel } from '../../../onnx/graph/model-file.ts';
import { copySubgraph } from '../../../onnx/graph/subgraph.ts';
import type { AlignmentHead } from '../model-config.ts';
import { passFor, splitMergedDecoder } from './merged-decoder.ts';

/** What the pass goes by, built into its graph. */
export type TextPassRules = {
  readonly endOfText: number;
  /** At least one. */
  readonly heads: readonly AlignmentHead[];
};

/**
 * Makes of a merged decoder a model that passes whole texts and tells how
 * probable each token was and where the heads that follow the speech listened.
 * The logits, for every position and the whole vocabulary, stay inside.
 *
 * Inputs:
 * - `encoder_hidden_states` float [batch, encoderPositions, d_model]
 * - `input_ids` int64 [batch, positions]
 *
 * Outputs:
 * - `logprobs` float32 [batch, positions]: of the token at the next position,
 *   among those that are text; means nothing where that one is not, or there is none
 * - `attention` float32 [batch, heads, positions, encoderPositions]
 *
 * @throws RangeError when it is not a merged decoder with cross-attention among its outputs
 */
export function buildTextPass(
  mergedDecoder: OnnxModel,
  { endOfText, heads }: TextPassRules,
): OnnxModel {
  const { graph: decoder, opset } = mergedDecoder;
  const layers = Map.groupBy(heads, ({ layer }) => layer);
  const attentions = [...layers.keys()].map((layer) => `cross_attentions.${layer}`);
  const pass = passFor(splitMergedDecoder(decoder).prefill, ['logits', ...attentions]);
  const g = graphBuilder('text-pass/', opset);
  const [logits, ...listened] = g.insert(copySubgraph(pass, 'pass/', new Map()));

  // Each position's next token; the last one's, which there is none of, is its first again.
  const next = g.concat([g.slice('input_ids', 1, 1), g.slice('input_ids', 1, 0, 1)], 1);
  const target = g.where(g.less(next, g.int64(endOfText)), next, g.int64(0));
  const ofText = g.cast(g.slice(logits!, 2, 0, endOfText), ELEMENT.float32);
  const logprobs = g.gatherElements(g.logSoftmax(ofText, 2), g.reshape(target, 0, -1, 1), 2);
  g.name(g.reshape(logprobs, 0, -1), 'logprobs');
  const chosen = [...layers.values()].map((ofLayer, index) =>
    g.gather(listened[index]!, g.int64s(...ofLayer.map(({ head }) => head)), 1),
  );
  g.name(g.cast(g.concat(chosen, 1), ELEMENT.float32), 'attention');

  return {
    ...mergedDecoder,
    graph: {
      name: 'text-pass',
      nodes: g.nodes,
      initializers: [...decoder.initializers, ...g.initializers],
      inputs: decoder.inputs.filter(({ name }) =>
        ['encoder_hidden_states', 'input_ids'].includes(name),
      ),
      outputs: [
        tensorValue('logprobs', ELEMENT.float32, ['batch', 'positions']),
        tensorValue('attention', ELEMENT.float32, ['batch', heads.length, 'positions', 'frames']),
      ],
      rest: [],
    },
  };
}
