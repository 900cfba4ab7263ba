import { writeChoice } from '../../../onnx/graph/choice.ts';
import { type GraphBuilder, graphBuilder, type Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../onnx/graph/literals.ts';
import {
  importMicrosoftOperators,
  newModel,
  type OnnxModel,
} from '../../../onnx/graph/model-file.ts';
import type { WhisperDimensions } from '../model-config.ts';
import {
  type DecoderPass,
  type LayerCache,
  writeCrossCaches,
  writeLogits,
  writeStep,
  writeTextPass,
} from './decoder.ts';
import {
  NETWORK_OPSET,
  type PublishedWeights,
  type WhisperNetwork,
  whisperNetwork,
} from './network.ts';

const SIDES = ['decoder', 'encoder'] as const;
const PARTS = ['key', 'value'] as const;

/**
 * Makes of published weights a merged decoder, with the inputs and outputs that
 * exports for transformers.js have: for searches that go on step by step outside
 * the graph.
 *
 * @throws RangeError where a weight is missing
 */
export function buildMergedDecoder(
  published: PublishedWeights,
  dimensions: WhisperDimensions,
  elementType: number,
): OnnxModel {
  const g = graphBuilder('merged/', NETWORK_OPSET);
  const network = whisperNetwork(g, published, dimensions, elementType);
  const names = cacheNames(dimensions);
  const types = Object.fromEntries([
    ['logits', ELEMENT.float32],
    ...names.map((name) => [`present.${name}`, elementType]),
  ]);
  const made = writeChoice<string>(g, 'use_cache_branch', types, {
    whenTrue: (branch) => passStep(branch, network),
    whenFalse: (branch) => passPrompts(branch, network),
  });
  for (const name of Object.keys(types)) {
    g.name(made[name]!, name);
  }

  const { decoderHeads, headSize, encoderPositions, vocabularySize } = dimensions;
  // Of one name are dimensions of one size to onnxruntime, which would share buffers by it.
  const cacheValue = (name: string) =>
    tensorValue(name, elementType, ['batch', decoderHeads, `${name} positions`, headSize]);
  const graph = {
    name: 'merged-decoder',
    nodes: g.nodes,
    initializers: g.initializers,
    inputs: [
      tensorValue('input_ids', ELEMENT.int64, ['batch', 'positions']),
      tensorValue('encoder_hidden_states', elementType, [
        'batch',
        encoderPositions,
        decoderHeads * headSize,
      ]),
      tensorValue('use_cache_branch', ELEMENT.bool, [1]),
      ...names.map((name) => cacheValue(`past_key_values.${name}`)),
    ],
    outputs: [
      tensorValue('logits', ELEMENT.float32, ['batch', 'positions', vocabularySize]),
      ...names.map((name) => cacheValue(`present.${name}`)),
    ],
    rest: [],
  };
  return importMicrosoftOperators(newModel(graph, NETWORK_OPSET));
}

function passPrompts(g: GraphBuilder, network: WhisperNetwork): Record<string, Value> {
  const cross = writeCrossCaches(g, network, 'encoder_hidden_states');
  const pass = writeTextPass(g, network, 'input_ids', cross);
  return outputsOf(g, network, pass, cross);
}

function passStep(g: GraphBuilder, network: WhisperNetwork): Record<string, Value> {
  const past = (side: string) =>
    Array.from({ length: network.dimensions.decoderLayers }, (_, layer) => ({
      key: `past_key_values.${layer}.${side}.key`,
      value: `past_key_values.${layer}.${side}.value`,
    }));
  const cross = past('encoder');
  const position = g.slice(g.shape('past_key_values.0.decoder.key'), 0, 2, 3);
  const pass = writeStep(g, network, 'input_ids', position, { self: past('decoder'), cross });
  // The caller has the audio's cache: nothing of it is handed back.
  const nothing = (value: Value) => g.slice(value, 2, 0, 0);
  return outputsOf(
    g,
    network,
    pass,
    cross.map(({ key, value }) => ({ key: nothing(key), value: nothing(value) })),
  );
}

function outputsOf(
  g: GraphBuilder,
  network: WhisperNetwork,
  { hidden, self }: DecoderPass,
  cross: readonly LayerCache[],
): Record<string, Value> {
  const caches = { decoder: self, encoder: cross };
  return Object.fromEntries([
    ['logits', writeLogits(g, network, hidden, ELEMENT.float32)],
    ...self.flatMap((_, layer) =>
      SIDES.flatMap((side) =>
        PARTS.map((part) => [`present.${layer}.${side}.${part}`, caches[side][layer]![part]]),
      ),
    ),
  ]);
}

function cacheNames({ decoderLayers }: WhisperDimensions): string[] {
  return Array.from({ length: decoderLayers }, (_, layer) =>
    SIDES.flatMap((side) => PARTS.map((part) => `${layer}.${side}.${part}`)),
  ).flat();
}
