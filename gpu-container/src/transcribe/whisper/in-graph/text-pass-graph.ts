import { type GraphBuilder, graphBuilder, type Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../onnx/graph/literals.ts';
import {
  importMicrosoftOperators,
  newModel,
  type OnnxModel,
  type OnnxValue,
} from '../../../onnx/graph/model-file.ts';
import { copySubgraph } from '../../../onnx/graph/subgraph.ts';
import type { AlignmentHead, WhisperDimensions } from '../model-config.ts';
import { writeCrossCaches, writeLogits, writeTextPass } from '../network/decoder.ts';
import { NETWORK_OPSET, type PublishedWeights, whisperNetwork } from '../network/network.ts';
import { passFor, splitMergedDecoder } from './merged-decoder.ts';

// A text pass passes whole texts and tells how probable each token was and where
// the heads that follow the speech listened. The logits, for every position and
// the whole vocabulary, stay inside.
//
// Inputs:
// - `encoder_hidden_states` float [batch, encoderPositions, d_model]
// - `input_ids` int64 [batch, positions]
//
// Outputs:
// - `logprobs` float32 [batch, positions]: of the token at the next position,
//   among those that are text; means nothing where that one is not, or there is none
// - `attention` float32 [batch, heads, positions, encoderPositions]

/** What the pass goes by, built into its graph. */
export type TextPassRules = {
  readonly endOfText: number;
  /** At least one. */
  readonly heads: readonly AlignmentHead[];
};

/**
 * Makes a text pass of a merged decoder.
 *
 * @throws RangeError when it is not a merged decoder with cross-attention among its outputs
 */
export function buildTextPass(mergedDecoder: OnnxModel, rules: TextPassRules): OnnxModel {
  const { graph: decoder, opset } = mergedDecoder;
  const layers = layersOf(rules);
  const attentions = layers.map((layer) => `cross_attentions.${layer}`);
  const pass = passFor(splitMergedDecoder(decoder).prefill, ['logits', ...attentions]);
  const g = graphBuilder('text-pass/', opset);
  const [logits, ...listened] = g.insert(copySubgraph(pass, 'pass/', new Map()));
  writeScores(g, logits!, new Map(layers.map((layer, at) => [layer, listened[at]!])), rules);
  const inputs = ['encoder_hidden_states', 'input_ids'];
  return {
    ...mergedDecoder,
    graph: {
      name: 'text-pass',
      nodes: g.nodes,
      initializers: [...decoder.initializers, ...g.initializers],
      inputs: decoder.inputs.filter(({ name }) => inputs.includes(name)),
      outputs: passOutputs(rules),
      rest: [],
    },
  };
}

/**
 * Makes a text pass of published weights.
 *
 * @param elementType float32 or float16
 * @throws RangeError where a weight is missing
 */
export function buildPublishedTextPass(
  published: PublishedWeights,
  dimensions: WhisperDimensions,
  elementType: number,
  rules: TextPassRules,
): OnnxModel {
  const g = graphBuilder('text-pass/', NETWORK_OPSET);
  const network = whisperNetwork(g, published, dimensions, elementType);
  const cross = writeCrossCaches(g, network, 'encoder_hidden_states');
  const { hidden, listened } = writeTextPass(g, network, 'input_ids', cross);
  const logits = writeLogits(g, network, hidden, ELEMENT.float32);
  writeScores(g, logits, new Map(listened.entries()), rules);
  const { encoderPositions, decoderHeads, headSize } = dimensions;
  const statesShape = ['batch', encoderPositions, decoderHeads * headSize];
  const graph = {
    name: 'text-pass',
    nodes: g.nodes,
    initializers: g.initializers,
    inputs: [
      tensorValue('encoder_hidden_states', elementType, statesShape),
      tensorValue('input_ids', ELEMENT.int64, ['batch', 'positions']),
    ],
    outputs: passOutputs(rules),
    rest: [],
  };
  return importMicrosoftOperators(newModel(graph, NETWORK_OPSET));
}

/**
 * @param logits [batch, positions, vocabulary]
 * @param listened by layer, [batch, heads, positions, encoderPositions]
 */
function writeScores(
  g: GraphBuilder,
  logits: Value,
  listened: ReadonlyMap<number, Value>,
  { endOfText, heads }: TextPassRules,
): void {
  // Each position's next token; the last one's, which there is none of, is its first again.
  const next = g.concat([g.slice('input_ids', 1, 1), g.slice('input_ids', 1, 0, 1)], 1);
  const target = g.where(g.less(next, g.int64(endOfText)), next, g.int64(0));
  const ofText = g.cast(g.slice(logits, 2, 0, endOfText), ELEMENT.float32);
  const logprobs = g.gatherElements(g.logSoftmax(ofText, 2), g.reshape(target, 0, -1, 1), 2);
  g.name(g.reshape(logprobs, 0, -1), 'logprobs');
  const chosen = [...Map.groupBy(heads, ({ layer }) => layer)].map(([layer, ofLayer]) =>
    g.gather(listened.get(layer)!, g.int64s(...ofLayer.map(({ head }) => head)), 1),
  );
  g.name(g.cast(g.concat(chosen, 1), ELEMENT.float32), 'attention');
}

function layersOf({ heads }: TextPassRules): number[] {
  return [...new Set(heads.map(({ layer }) => layer))];
}

function passOutputs({ heads }: TextPassRules): OnnxValue[] {
  return [
    tensorValue('logprobs', ELEMENT.float32, ['batch', 'positions']),
    tensorValue('attention', ELEMENT.float32, ['batch', heads.length, 'positions', 'frames']),
  ];
}
