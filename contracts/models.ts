/** What the API knows of a transcription model; where its files are is the worker's catalog. */
type TranscriptionModel = {
  /** Id in the worker's model catalog. */
  catalogId: string;
  aliases?: readonly string[];
  /** False where the model was not trained to translate into English. */
  translates: boolean;
  /** False where this version can name the model but not run it. */
  available: boolean;
};

export const TRANSCRIPTION_MODELS = {
  tiny: { catalogId: 'whisper-tiny', translates: true, available: true },
  base: { catalogId: 'whisper-base', translates: true, available: true },
  small: { catalogId: 'whisper-small', translates: true, available: true },
  medium: { catalogId: 'whisper-medium', translates: true, available: false },
  'large-v2': { catalogId: 'whisper-large-v2', translates: true, available: false },
  'large-v3': {
    catalogId: 'whisper-large-v3',
    aliases: ['large'],
    translates: true,
    available: false,
  },
  'large-v3-turbo': { catalogId: 'whisper-large-v3-turbo', translates: false, available: false },
  'distil-large-v3': { catalogId: 'whisper-distil-large-v3', translates: false, available: false },
} as const satisfies Record<string, TranscriptionModel>;

export type TranscriptionModelName = keyof typeof TRANSCRIPTION_MODELS;

/** The canonical name of a model given by name, alias or catalog id; undefined for an unknown one. */
export function resolveTranscriptionModel(name: string): TranscriptionModelName | undefined {
  const entries = Object.entries(TRANSCRIPTION_MODELS) as [
    TranscriptionModelName,
    TranscriptionModel,
  ][];
  const match = entries.find(
    ([canonical, model]) =>
      name === canonical || name === model.catalogId || model.aliases?.includes(name),
  );
  return match?.[0];
}

export const VIDEO_EMBEDDING_MODELS = [
  'clip-vit-b32',
  'vjepa2-vitl-fpc64-256',
  'qwen3-vl-embedding-2b',
  'qwen3-vl-embedding-8b',
  'deterministic',
] as const;

export const TEXT_EMBEDDING_MODELS = ['all-minilm-l6-v2', 'gte-small'] as const;
