import type { Precision } from '#contracts/models.ts';
import type { ModelFile, TranscriptionEntry } from '../model-entry.ts';

/** A Whisper on the Hugging Face hub, laid out as transformers.js has it; every precision is an entry. */
type HubWhisper = {
  id: string;
  title: string;
  licence: string;
  languages?: readonly string[];
  repo: string;
  revision: string;
  precisions: readonly Precision[];
  /** Graphs that keep their weights in a file beside them: those over protobuf's 2 GB. */
  externalData?: Partial<Record<Precision, readonly Graph[]>>;
};

type Graph = 'encoder' | 'decoder';

const GRAPH_FILES = { encoder: 'encoder_model', decoder: 'decoder_model_merged' } as const;
const PRECISION_SUFFIXES = { fp32: '', fp16: '_fp16', q8: '_quantized', q4: '_q4' } as const;

const CONFIG_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'config.json',
  'preprocessor_config.json',
];

/** None of these could be fetched where they were written down, so they pin nothing. */
function entriesOf(whisper: HubWhisper): TranscriptionEntry[] {
  const { repo, revision, languages = 'multilingual' } = whisper;
  const file = (name: string, path: string): ModelFile => ({
    name,
    sources: [{ kind: 'hf', repo, revision, path }],
  });
  return whisper.precisions.map((precision) => {
    const graphFile = (graph: Graph) =>
      `${GRAPH_FILES[graph]}${PRECISION_SUFFIXES[precision]}.onnx`;
    const external = whisper.externalData?.[precision] ?? [];
    return {
      id: `${whisper.id}-${precision}`,
      task: 'transcription',
      family: 'whisper',
      title: `${whisper.title}, ${precision}`,
      licence: whisper.licence,
      precision,
      languages,
      verified: false,
      files: [
        file('encoder.onnx', `onnx/${graphFile('encoder')}`),
        file('decoder.onnx', `onnx/${graphFile('decoder')}`),
        // A graph names this file, so that it keeps its name.
        ...external
          .map((graph) => `${graphFile(graph)}_data`)
          .map((data) => file(data, `onnx/${data}`)),
        ...CONFIG_FILES.map((config) => file(config, config)),
      ],
    };
  });
}

/**
 * The large ones. Only the repositories whose names end on `_timestamped` put
 * out cross-attention, which word times are made of.
 */
const WHISPERS: readonly HubWhisper[] = [
  {
    id: 'whisper-medium',
    title: 'OpenAI Whisper medium',
    licence: 'Apache-2.0',
    repo: 'onnx-community/whisper-medium_timestamped',
    revision: 'main',
    precisions: ['fp16', 'q8', 'q4'],
  },
  {
    id: 'whisper-large-v2',
    title: 'OpenAI Whisper large-v2',
    licence: 'Apache-2.0',
    repo: 'onnx-community/whisper-large-v2-ONNX',
    revision: 'main',
    precisions: ['fp16', 'q8'],
  },
  {
    id: 'whisper-large-v3',
    title: 'OpenAI Whisper large-v3',
    licence: 'Apache-2.0',
    repo: 'onnx-community/whisper-large-v3-ONNX',
    revision: '3b6257ad5e67aa523c7c07f4fea04d445eecc4a6',
    precisions: ['fp16', 'q8', 'q4'],
  },
  {
    id: 'whisper-large-v3-turbo',
    title: 'OpenAI Whisper large-v3-turbo',
    licence: 'MIT',
    repo: 'onnx-community/whisper-large-v3-turbo_timestamped',
    revision: 'b3f77bf9a8c4d5ea3415827033d1ffea7955fd9a',
    precisions: ['fp16', 'q8', 'q4'],
  },
  {
    id: 'whisper-distil-large-v3',
    title: 'Distil-Whisper large-v3',
    licence: 'MIT',
    languages: ['en'],
    repo: 'distil-whisper/distil-large-v3',
    revision: 'main',
    precisions: ['fp32', 'q8'],
    externalData: { fp32: ['encoder'] },
  },
];

export const HUB_WHISPERS: readonly TranscriptionEntry[] = WHISPERS.flatMap(entriesOf);
