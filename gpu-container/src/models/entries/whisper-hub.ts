import type { Precision } from '#contracts/models.ts';
import type { ModelFile, TranscriptionEntry } from '../model-entry.ts';

/**
 * A Whisper on the Hugging Face hub; every precision is an entry. In half
 * precision it is read from its makers' own weights, of which the worker writes
 * the graph itself; the others are ONNX exports as transformers.js lays them out.
 */
type HubWhisper = {
  id: string;
  title: string;
  licence: string;
  languages?: readonly string[];
  /** Where the weights are, as transformers publishes them. */
  weights: { readonly repo: string; readonly revision: string };
  /** Where the exports are. */
  repo: string;
  revision: string;
  precisions: readonly Exclude<Precision, 'fp16'>[];
  /** Graphs that keep their weights in a file beside them: those over protobuf's 2 GB. */
  externalData?: Partial<Record<keyof typeof PRECISION_SUFFIXES, readonly Graph[]>>;
};

type Graph = 'encoder' | 'decoder';

const GRAPH_FILES = { encoder: 'encoder_model', decoder: 'decoder_model_merged' } as const;
const PRECISION_SUFFIXES = { fp32: '', q8: '_quantized', q4: '_q4' } as const;

const CONFIG_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'config.json',
  'preprocessor_config.json',
];

/** None of these could be fetched where they were written down, so they pin nothing. */
function entriesOf(whisper: HubWhisper): TranscriptionEntry[] {
  const { id, title, licence, languages = 'multilingual', weights } = whisper;
  const entry = (precision: Precision, files: readonly ModelFile[]): TranscriptionEntry => ({
    id: `${id}-${precision}`,
    task: 'transcription',
    family: 'whisper',
    title: `${title}, ${precision}`,
    licence,
    precision,
    languages,
    verified: false,
    files,
  });
  const published = ['model.safetensors', ...CONFIG_FILES].map((name) =>
    hubFile(weights, name, name),
  );
  return [
    entry('fp16', published),
    ...whisper.precisions.map((precision) => entry(precision, exportFiles(whisper, precision))),
  ];
}

function exportFiles(
  whisper: HubWhisper,
  precision: keyof typeof PRECISION_SUFFIXES,
): readonly ModelFile[] {
  const graphFile = (graph: Graph) => `${GRAPH_FILES[graph]}${PRECISION_SUFFIXES[precision]}.onnx`;
  const external = whisper.externalData?.[precision] ?? [];
  return [
    hubFile(whisper, 'encoder.onnx', `onnx/${graphFile('encoder')}`),
    hubFile(whisper, 'decoder.onnx', `onnx/${graphFile('decoder')}`),
    // A graph names this file, so that it keeps its name.
    ...external
      .map((graph) => `${graphFile(graph)}_data`)
      .map((data) => hubFile(whisper, data, `onnx/${data}`)),
    ...CONFIG_FILES.map((config) => hubFile(whisper, config, config)),
  ];
}

function hubFile(
  { repo, revision }: { readonly repo: string; readonly revision: string },
  name: string,
  path: string,
): ModelFile {
  return { name, sources: [{ kind: 'hf', repo, revision, path }] };
}

/**
 * The large ones. Of the exports only those whose repositories' names end on
 * `_timestamped` put out cross-attention, which word times are made of.
 */
const WHISPERS: readonly HubWhisper[] = [
  {
    id: 'whisper-medium',
    title: 'OpenAI Whisper medium',
    licence: 'Apache-2.0',
    weights: { repo: 'openai/whisper-medium', revision: 'main' },
    repo: 'onnx-community/whisper-medium_timestamped',
    revision: 'main',
    precisions: ['q8', 'q4'],
  },
  {
    id: 'whisper-large-v2',
    title: 'OpenAI Whisper large-v2',
    licence: 'Apache-2.0',
    weights: { repo: 'openai/whisper-large-v2', revision: 'main' },
    repo: 'onnx-community/whisper-large-v2-ONNX',
    revision: 'main',
    precisions: ['q8'],
  },
  {
    id: 'whisper-large-v3',
    title: 'OpenAI Whisper large-v3',
    licence: 'Apache-2.0',
    weights: { repo: 'openai/whisper-large-v3', revision: 'main' },
    repo: 'onnx-community/whisper-large-v3-ONNX',
    revision: '3b6257ad5e67aa523c7c07f4fea04d445eecc4a6',
    precisions: ['q8', 'q4'],
  },
  {
    id: 'whisper-large-v3-turbo',
    title: 'OpenAI Whisper large-v3-turbo',
    licence: 'MIT',
    weights: { repo: 'openai/whisper-large-v3-turbo', revision: 'main' },
    repo: 'onnx-community/whisper-large-v3-turbo_timestamped',
    revision: 'b3f77bf9a8c4d5ea3415827033d1ffea7955fd9a',
    precisions: ['q8', 'q4'],
  },
  {
    id: 'whisper-distil-large-v3',
    title: 'Distil-Whisper large-v3',
    licence: 'MIT',
    languages: ['en'],
    weights: { repo: 'distil-whisper/distil-large-v3', revision: 'main' },
    repo: 'distil-whisper/distil-large-v3',
    revision: 'main',
    precisions: ['fp32', 'q8'],
    externalData: { fp32: ['encoder'] },
  },
];

export const HUB_WHISPERS: readonly TranscriptionEntry[] = WHISPERS.flatMap(entriesOf);
