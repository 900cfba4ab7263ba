/** What the API knows of a transcription model; where its files are is the worker's catalog. */
export type TranscriptionModel = {
  /** Id in the worker's model catalog, or what the ids of its precisions begin with. */
  catalogId: string;
  aliases?: readonly string[];
  /** Where there are several: the catalog has `<catalogId>-<precision>`, and the device decides. */
  precisions?: readonly Precision[];
  /** False where the model was not trained to translate into English. */
  translates: boolean;
  /** Codes of the languages it hears; all of them where absent. */
  languages?: readonly string[];
  /** Whether it can tell when each word is said, or in which of its precisions. */
  timesWords: boolean | readonly Precision[];
  /** Whether it can be told what was said before: `initialPrompt` and `hotwords`. */
  takesPrompts: boolean;
  /** Whether it searches: beams, and temperatures above 0. Otherwise it writes its first choice. */
  searches: boolean;
};

/**
 * How the weights are kept: q8 (8 bits) is quickest on a CPU, fp16 on CUDA, which
 * lacks kernels for q8; q4 (4 bits) takes the least memory.
 */
export type Precision = 'fp32' | 'fp16' | 'q8' | 'q4';

const WHISPER = {
  translates: true,
  timesWords: true,
  takesPrompts: true,
  searches: true,
} as const;

/** Their exports put out no cross-attention, which is what tells when a word is said; their weights give it. */
const WORD_TIMES_BY_WEIGHTS = { timesWords: ['fp16'] } as const;

const MODELS = {
  tiny: { ...WHISPER, catalogId: 'whisper-tiny' },
  base: { ...WHISPER, catalogId: 'whisper-base' },
  small: { ...WHISPER, catalogId: 'whisper-small' },
  medium: { ...WHISPER, catalogId: 'whisper-medium', precisions: ['fp16', 'q8', 'q4'] },
  'large-v2': {
    ...WHISPER,
    ...WORD_TIMES_BY_WEIGHTS,
    catalogId: 'whisper-large-v2',
    precisions: ['fp16', 'q8'],
  },
  'large-v3': {
    ...WHISPER,
    ...WORD_TIMES_BY_WEIGHTS,
    catalogId: 'whisper-large-v3',
    aliases: ['large'],
    precisions: ['fp16', 'q8', 'q4'],
  },
  'large-v3-turbo': {
    ...WHISPER,
    catalogId: 'whisper-large-v3-turbo',
    precisions: ['fp16', 'q8', 'q4'],
    translates: false,
  },
  'distil-large-v3': {
    ...WHISPER,
    ...WORD_TIMES_BY_WEIGHTS,
    catalogId: 'whisper-distil-large-v3',
    precisions: ['fp16', 'fp32', 'q8'],
    translates: false,
    languages: ['en'],
  },
  'moonshine-tiny': {
    catalogId: 'moonshine-tiny',
    translates: false,
    languages: ['en'],
    timesWords: false,
    takesPrompts: false,
    searches: false,
  },
} as const satisfies Record<string, TranscriptionModel>;

export type TranscriptionModelName = keyof typeof MODELS;

export const TRANSCRIPTION_MODELS: Readonly<Record<TranscriptionModelName, TranscriptionModel>> =
  MODELS;

/** The canonical name of a model given by name, alias or catalog id; undefined for an unknown one. */
export function resolveTranscriptionModel(name: string): TranscriptionModelName | undefined {
  const entries = Object.entries(TRANSCRIPTION_MODELS) as [
    TranscriptionModelName,
    TranscriptionModel,
  ][];
  const match = entries.find(
    ([canonical, { catalogId, aliases = [], precisions = [] }]) =>
      name === canonical ||
      name === catalogId ||
      aliases.includes(name) ||
      precisions.some((precision) => name === `${catalogId}-${precision}`),
  );
  return match?.[0];
}

/**
 * Whether a model, as a request names it, can tell when each word is said.
 * Undefined where that is for the device to say, which has the choice of precision.
 */
export function canTimeWords(requested: string): boolean | undefined {
  const name = resolveTranscriptionModel(requested);
  if (name === undefined) {
    return undefined;
  }
  const { timesWords, catalogId, precisions = [] } = TRANSCRIPTION_MODELS[name];
  if (typeof timesWords === 'boolean') {
    return timesWords;
  }
  const named = precisions.find((precision) => requested === `${catalogId}-${precision}`);
  return named && timesWords.includes(named);
}

/** Which models each backend can tell voices apart by, its own choice first; their ids are the catalog's. */
export const DIARIZATION_BACKENDS = {
  auto: ['pyannote-embedding'],
  pyannote: ['wespeaker-voxceleb-resnet34-lm', 'pyannote-embedding'],
  speechbrain: ['speechbrain-ecapa-voxceleb'],
  noop: [],
} as const satisfies Record<string, readonly string[]>;

export type DiarizationBackend = keyof typeof DIARIZATION_BACKENDS;

export type DiarizationModel = (typeof DIARIZATION_BACKENDS)[DiarizationBackend][number];

export const DIARIZATION_MODELS: readonly DiarizationModel[] = [
  ...new Set(Object.values(DIARIZATION_BACKENDS).flat()),
];

export const TEXT_EMBEDDING_MODELS = ['all-minilm-l6-v2', 'gte-small'] as const;
