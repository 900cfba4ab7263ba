import { graphBuilder } from '../../../onnx/graph/graph-builder.ts';
import type { OnnxModel } from '../../../onnx/graph/model-file.ts';
import type { LoopRules } from './loop-rules.ts';
import { mergedDecoderPasses } from './merged-decoder.ts';
import { searchInputs, searchOutputs, writeSearch } from './write-search.ts';

/**
 * Makes of a merged decoder a model that writes whole texts, greedily, in one
 * run. Its inputs are `encoder_hidden_states`, float [batch, positions, d_model],
 * and those of {@link searchInputs}; its outputs are {@link searchOutputs}.
 *
 * @param mergedDecoder of any size and precision; weights in other files stay there
 * @throws RangeError when it is not a merged decoder
 */
export function buildGreedyLoop(mergedDecoder: OnnxModel, rules: LoopRules): OnnxModel {
  const { graph: decoder, opset } = mergedDecoder;
  const g = graphBuilder('greedy/', opset);
  writeSearch(g, mergedDecoderPasses(decoder), rules);
  return {
    ...mergedDecoder,
    graph: {
      name: 'greedy-loop',
      nodes: g.nodes,
      initializers: [...decoder.initializers, ...g.initializers],
      inputs: [
        ...decoder.inputs.filter(({ name }) => name === 'encoder_hidden_states'),
        ...searchInputs(rules),
      ],
      outputs: searchOutputs(rules),
      rest: [],
    },
  };
}
