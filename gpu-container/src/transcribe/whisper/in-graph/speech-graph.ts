import { writeChoice } from '../../../onnx/graph/choice.ts';
import { graphBuilder } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../onnx/graph/literals.ts';
import {
  importMicrosoftOperators,
  newModel,
  type OnnxGraph,
  type OnnxModel,
} from '../../../onnx/graph/model-file.ts';
import { WINDOW_SAMPLES } from '../../mel/log-mel.ts';
import type { WhisperDimensions } from '../model-config.ts';
import { writeEncoder } from '../network/encoder.ts';
import { writeLogMel } from '../network/log-mel-graph.ts';
import { NETWORK_OPSET, type PublishedWeights, whisperNetwork } from '../network/network.ts';
import { networkPasses } from '../network/network-passes.ts';
import type { LoopRules } from './loop-rules.ts';
import { searchInputs, searchOutputs, writeSearch } from './write-search.ts';

/** What the search of a speech model can be told. */
const SEARCH_KIND = { draws: true, mayLoop: true };

/**
 * Makes of published weights one model from samples to tokens: log-mel features,
 * encoder, prompts and search, all in one run, so that nothing but samples goes
 * to the device and, unless the states are asked for, nothing but text comes back.
 *
 * Inputs besides {@link searchInputs}:
 * - `samples` float32 [windows, 480000], at 16 kHz
 * - `heard` bool []: whether `heard_states` are to be taken in place of what
 *   the samples give
 * - `heard_states` [windows, positions, d_model]: as an earlier run put them out
 * - `window` int64 [batch]: which of the windows each text is of
 *
 * Outputs besides {@link searchOutputs}:
 * - `states` [windows, positions, d_model]
 *
 * @param elementType float32 or float16
 * @throws RangeError where a weight is missing
 */
export function buildSpeechModel(
  published: PublishedWeights,
  dimensions: WhisperDimensions,
  elementType: number,
  rules: LoopRules,
): OnnxModel {
  const g = graphBuilder('speech/', NETWORK_OPSET);
  const network = whisperNetwork(g, published, dimensions, elementType);
  const { states } = writeChoice(
    g,
    'heard',
    { states: elementType },
    {
      whenTrue: () => ({ states: 'heard_states' }),
      whenFalse: (branch) => ({
        states: writeEncoder(branch, network, writeLogMel(branch, 'samples', dimensions.melBins)),
      }),
    },
  );
  g.name(states, 'states');
  writeSearch(g, networkPasses(network, g.gather(states, 'window', 0)), rules, SEARCH_KIND);

  const { encoderPositions, decoderHeads, headSize } = dimensions;
  const statesShape = ['windows', encoderPositions, decoderHeads * headSize];
  const graph: OnnxGraph = {
    name: 'speech',
    nodes: g.nodes,
    initializers: g.initializers,
    inputs: [
      tensorValue('samples', ELEMENT.float32, ['sounding', WINDOW_SAMPLES]),
      tensorValue('heard', ELEMENT.bool, []),
      tensorValue('heard_states', elementType, statesShape),
      tensorValue('window', ELEMENT.int64, ['batch']),
      ...searchInputs(rules, SEARCH_KIND),
    ],
    outputs: [tensorValue('states', elementType, statesShape), ...searchOutputs(rules)],
    rest: [],
  };
  return importMicrosoftOperators(newModel(graph, NETWORK_OPSET));
}
