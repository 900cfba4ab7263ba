import {
  graphBuilder,
  type Value,
} from '../../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  graphAttribute,
  tensorValue,
} from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxGraph,
  type OnnxTensor,
  writeModel,
} from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../../../gpu-container/src/onnx/graph/wire-format.ts';
import type { WhisperDimensions } from '../../../../../../gpu-container/src/transcribe/whisper/model-config.ts';
import { modelHeader } from '../../../onnx/graph/model-header.ts';
import { VOCABULARY, VOCABULARY_SIZE } from '../sample-vocabulary.ts';

export const DIMENSIONS: WhisperDimensions = {
  melBins: 80,
  encoderPositions: 1,
  encoderHeads: 1,
  decoderLayers: 1,
  decoderHeads: 1,
  headSize: 1,
  decoderPositions: 448,
  vocabularySize: VOCABULARY_SIZE,
};

export type SyntheticOptions = {
  readonly seed: number;
  readonly opset?: number;
  /** Of the caches and the logits. */
  readonly elementType?: number;
  /** The file that the weights are in, if not in the model. */
  readonly weightsFile?: string;
};

/** How many different audios it can hear: its encoder states are whole numbers below. */
export const AUDIOS = 8;

/** Between whole numbers in the tables: few enough for sums to be exact in half precision. */
const STEPS = 32;
/** Makes the few words as likely as the many timestamps. */
const WORD_BONUS = 0.6;

const TABLES = {
  byToken: VOCABULARY_SIZE,
  byTokenBefore: VOCABULARY_SIZE,
  byLargest: VOCABULARY_SIZE,
  byAudio: AUDIOS,
  byLength: DIMENSIONS.decoderPositions,
};

/**
 * A merged decoder that speaks nonsense, but the same nonsense every time: its
 * logits are sums of random tables, looked up by the latest token, the one
 * before, the largest and the number of them so far (all three from its
 * self-attention cache) and the audio (from its cross-attention cache).
 */
export function syntheticDecoder({
  seed,
  opset = 11,
  elementType = ELEMENT.float32,
  weightsFile,
}: SyntheticOptions): { model: Uint8Array; weights: Uint8Array } {
  const random = gaussians(seed);
  const tables: OnnxTensor[] = [];
  const weights: Uint8Array[] = [];
  let offset = 0;
  for (const [name, count] of Object.entries(TABLES)) {
    const numbers = Float32Array.from({ length: count * VOCABULARY_SIZE }, (_, at) => {
      const isWord = at % VOCABULARY_SIZE < VOCABULARY.endOfText;
      return Math.round(STEPS * (random() + (isWord ? WORD_BONUS : 0))) / STEPS;
    });
    const bytes = new Uint8Array(numbers.buffer);
    const place = weightsFile === undefined ? bytes : { file: weightsFile, offset };
    tables.push(table(name, count, bytes.length, place));
    weights.push(bytes);
    offset += bytes.length;
  }
  const [ownWeight, ...shared] = tables.reverse() as [OnnxTensor, ...OnnxTensor[]];

  const g = graphBuilder('', opset);
  const audio = g.cast('encoder_hidden_states', elementType);
  g.push({
    opType: 'If',
    inputs: ['use_cache_branch'],
    outputs: ['logits', ...cacheNames('present')],
    attributes: [
      graphAttribute('then_branch', branch(true, audio, ownWeight, opset, elementType)),
      graphAttribute('else_branch', branch(false, audio, ownWeight, opset, elementType)),
    ],
    rest: [],
  });
  const graph: OnnxGraph = {
    name: 'synthetic',
    nodes: g.nodes,
    initializers: shared,
    inputs: [
      tensorValue('input_ids', ELEMENT.int64, ['batch', 'tokens']),
      tensorValue('encoder_hidden_states', ELEMENT.float32, ['batch', 1, 1]),
      ...cacheNames('past_key_values').map((name) =>
        tensorValue(name, elementType, ['batch', 1, 'past', 1]),
      ),
      tensorValue('use_cache_branch', ELEMENT.bool, [1]),
    ],
    outputs: [
      tensorValue('logits', elementType, ['batch', 'tokens', VOCABULARY_SIZE]),
      ...cacheNames('present').map((name) => tensorValue(name, elementType)),
    ],
    rest: [],
  };
  return { model: writeModel({ ...modelHeader(opset), graph }), weights: Buffer.concat(weights) };
}

/** Both branches name their values and their own weight alike, as exported ones do. */
function branch(
  usesCache: boolean,
  audio: Value,
  ownWeight: OnnxTensor,
  opset: number,
  elementType: number,
): OnnxGraph {
  const g = graphBuilder('branch/', opset);
  const past = (name: string) => `past_key_values.0.${name}`;
  const passed = g.reshape(g.cast('input_ids', elementType), 0, 1, -1, 1);
  const grown = (name: string) => (usesCache ? g.concat([past(name), passed], 2) : passed);
  const key = grown('decoder.key');
  const value = grown('decoder.value');
  const heard = usesCache ? past('encoder.key') : g.reshape(audio, 0, 1, 1, 1);

  const lookUp = (table: string, index: Value) =>
    g.reshape(g.gather(table, g.cast(index, ELEMENT.int64), 0), -1, 1, VOCABULARY_SIZE);
  // Twice the text: before its only token there is that token.
  const before = g.reshape(g.slice(g.concat([value, value], 2), 2, -2, -1), -1);
  const length = g.slice(g.shape(key), 0, 2, 3);
  const logits = [
    lookUp('byTokenBefore', before),
    lookUp('byLargest', g.reduce('ReduceMax', g.cast(key, ELEMENT.float32), 1, 2, 3)),
    lookUp(ownWeight.name, length),
    lookUp('byAudio', g.reshape(heard, -1)),
  ].reduce((sum, table) => g.add(sum, table), g.gather('byToken', 'input_ids', 0));

  // With the cache, the cross-attention's outputs are empty ones that nobody is to use.
  const cross = usesCache ? g.slice(past('encoder.key'), 0, 0, 0) : heard;
  const outputs = [g.cast(logits, elementType), key, value, cross, cross].map((output, index) =>
    tensorValue(g.name(output, `branch/output_${index}`), elementType),
  );
  return {
    name: usesCache ? 'with_past' : 'no_past',
    nodes: g.nodes,
    initializers: [ownWeight],
    inputs: [],
    outputs,
    rest: [],
  };
}

function cacheNames(prefix: 'past_key_values' | 'present'): string[] {
  return ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'].map(
    (part) => `${prefix}.0.${part}`,
  );
}

/** A float32 table [count, vocabulary], in the model or at an offset of a file beside it. */
function table(
  name: string,
  count: number,
  byteLength: number,
  place: Uint8Array | { file: string; offset: number },
): OnnxTensor {
  const entry = (key: string, value: string | number) =>
    lengthDelimitedField(13, [
      lengthDelimitedField(1, key),
      lengthDelimitedField(2, String(value)),
    ]);
  const data =
    place instanceof Uint8Array
      ? [lengthDelimitedField(9, place)]
      : [
          entry('location', place.file),
          entry('offset', place.offset),
          entry('length', byteLength),
          varintField(14, 1),
        ];
  return {
    name,
    rest: [
      varintField(1, count),
      varintField(1, VOCABULARY_SIZE),
      varintField(2, ELEMENT.float32),
      ...data,
    ],
  };
}

/** Normally distributed numbers (Box and Muller), the same ones for every seed. */
function gaussians(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
