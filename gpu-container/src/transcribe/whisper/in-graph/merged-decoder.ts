import type { Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT, elementTypeOf } from '../../../onnx/graph/literals.ts';
import type { OnnxGraph } from '../../../onnx/graph/model-file.ts';
import { copySubgraph, type Subgraph } from '../../../onnx/graph/subgraph.ts';
import type { DecoderPasses } from './decoder-passes.ts';

/** The two passes of a merged decoder: both read the graph's inputs and share its weights. */
type MergedPasses = {
  /** Passes a whole prompt; reads no cache. */
  readonly prefill: DecoderPass;
  /** Passes one more token of each row on top of the cache. */
  readonly step: DecoderPass;
};

/** The nodes of a pass, in order, its own weights, and the inner name of each of the decoder's outputs. */
type DecoderPass = Omit<Subgraph, 'outputs'> & {
  readonly outputs: ReadonlyMap<string, string>;
};

/**
 * Takes a merged decoder apart: a graph whose If passes a prompt in its else
 * branch and a token in its then branch.
 *
 * @throws RangeError for a graph that is not made like that
 */
export function splitMergedDecoder(graph: OnnxGraph): MergedPasses {
  const choices = graph.nodes.filter(({ opType }) => opType === 'If');
  const [choice] = choices;
  if (choices.length !== 1 || !choice) {
    throw new RangeError('A merged decoder chooses once whether it uses its cache');
  }
  const before = graph.nodes.filter((node) => node !== choice);
  const pass = (branchName: string): DecoderPass => {
    const branch = choice.attributes.find(({ name }) => name === branchName)?.graph;
    if (!branch) {
      throw new RangeError(`The choice of a merged decoder has no ${branchName}`);
    }
    return {
      nodes: [...before, ...branch.nodes],
      initializers: branch.initializers,
      outputs: new Map(choice.outputs.map((name, index) => [name, branch.outputs[index]!.name])),
    };
  };
  return { prefill: pass('else_branch'), step: pass('then_branch') };
}

/**
 * The part of a pass that makes these of the decoder's outputs.
 *
 * @throws RangeError where it does not make one
 */
export function passFor(pass: DecoderPass, names: readonly string[]): Subgraph {
  const inner = (name: string) => {
    const output = pass.outputs.get(name);
    if (output === undefined) {
      throw new RangeError(`The decoder has no output ${name}`);
    }
    return output;
  };
  return { ...pass, outputs: names.map(inner) };
}

const PAST = 'past_key_values';
const PRESENT = 'present';

/** Keys or values of one layer, over the tokens passed (self-attention) or the audio (cross-attention). */
export type CacheTensor = {
  readonly past: `${typeof PAST}.${string}`;
  readonly present: string;
  readonly elementType: number;
};

/** The tensors of both caches, by their names among the inputs and outputs of a decoder. */
export function decoderCaches({ inputs }: OnnxGraph): {
  self: CacheTensor[];
  cross: CacheTensor[];
} {
  const tensors = inputs
    .filter(({ name }) => name.startsWith(`${PAST}.`))
    .map(
      (input): CacheTensor => ({
        past: input.name as CacheTensor['past'],
        present: input.name.replace(PAST, PRESENT),
        elementType: elementTypeOf(input),
      }),
    );
  const isCross = ({ past }: CacheTensor) => past.includes('.encoder.');
  return { self: tensors.filter((tensor) => !isCross(tensor)), cross: tensors.filter(isCross) };
}

/**
 * The passes of a merged decoder, written from its own nodes; its weights have to
 * be in the graph. Of its inputs the prefill reads `encoder_hidden_states` and
 * `input_ids`.
 *
 * @throws RangeError when it is not a merged decoder
 */
export function mergedDecoderPasses(decoder: OnnxGraph): DecoderPasses {
  const passes = splitMergedDecoder(decoder);
  const { self, cross } = decoderCaches(decoder);
  const presents = (cache: readonly CacheTensor[]) => cache.map(({ present }) => present);
  const prefill = passFor(passes.prefill, ['logits', ...presents(self), ...presents(cross)]);
  const step = passFor(passes.step, ['logits', ...presents(self)]);
  let crossCaches: readonly Value[] = [];
  return {
    cacheTypes: byPast(self, ({ elementType }) => elementType),
    prefill: (g) => {
      const [logits, ...caches] = g.insert(copySubgraph(prefill, 'prefill/', new Map()));
      crossCaches = caches.slice(self.length);
      return {
        logitsAfter: (position) => g.cast(g.gather(logits!, position, 1), ELEMENT.float32),
        cache: byPast(self, (_, index) => caches[index]!),
      };
    },
    step: (g, token, cache) => {
      // The cross-attention's cache, which stays as it is, is read from outside the loop: as a
      // variable it would be copied every round.
      const bindings = new Map<string, Value>([
        ['input_ids', token],
        ...Object.entries(cache),
        ...Object.entries(byPast(cross, (_, index) => crossCaches[index]!)),
      ]);
      const [logits, ...grown] = g.insert(copySubgraph(step, 'step/', bindings));
      return {
        logits: g.cast(g.reshape(logits!, 0, -1), ELEMENT.float32),
        cache: byPast(self, (_, index) => grown[index]!),
      };
    },
  };
}

/** A record of something of each tensor of a cache. */
function byPast<T>(
  cache: readonly CacheTensor[],
  read: (tensor: CacheTensor, index: number) => T,
): Record<CacheTensor['past'], T> {
  return Object.fromEntries(cache.map((tensor, index) => [tensor.past, read(tensor, index)]));
}
