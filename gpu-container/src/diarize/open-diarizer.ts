import { DIARIZATION_BACKENDS, type DiarizationBackend } from '#contracts/models.ts';
import { freeGpuBytes } from '../gpu/nvidia-smi.ts';
import type { ModelStore } from '../models/store.ts';
import type { SessionOptions } from '../onnx/session.ts';
import { clipsByStretch, stretchesByClip } from './clip-embedding.ts';
import type { Diarizer } from './diarizer.ts';
import {
  openPyannoteDiarizer,
  type VoiceThresholds,
  WESPEAKER_THRESHOLDS,
} from './pyannote/diarizer.ts';
import { openWespeakerEmbedder } from './pyannote/wespeaker.ts';
import type { SpeakerEmbedder } from './speaker-embedder.ts';
import { openEcapaEmbedder } from './speechbrain/ecapa.ts';
import type { StretchEmbedder } from './stretch-embedder.ts';
import { ECAPA_TUNING, XVECTOR_THRESHOLDS, XVECTOR_TUNING } from './tunings.ts';
import { openWindowDiarizer } from './window-diarizer.ts';
import { openXvector } from './xvector/open-xvector.ts';
import { FRAME_SPAN_SAMPLES } from './xvector/xvector-graph.ts';

const XVECTOR_ID = 'pyannote-embedding';
const SEGMENTATION_ID = 'pyannote-segmentation-3.0';

/** Where the models come from, and how they are to run. */
type Source = Pick<SessionOptions, 'threads'> & {
  models: ModelStore;
  device: 'cpu' | 'cuda';
  /** Of the memory of the GPU, which passes are sized by. */
  freeBytes?: number | undefined;
};

export type DiarizerOptions = Omit<Source, 'freeBytes'> & {
  backend: DiarizationBackend;
  /** Catalog id of the model that tells voices apart; the backend's own, if not given. */
  model?: string | undefined;
};

/**
 * Fetches the models of a diarization backend and loads them.
 *
 * @param options the model is one that the backend can use
 * @throws ReelscribeError what the store throws, or `GPU_UNAVAILABLE`
 */
export async function openDiarizer({
  backend,
  model,
  ...options
}: DiarizerOptions): Promise<Diarizer> {
  const freeBytes = options.device === 'cuda' ? await freeGpuBytes() : undefined;
  const source: Source = { ...options, freeBytes };
  switch (backend) {
    case 'auto':
      return openWindowDiarizer({
        embedder: await openXvectorFrom(source),
        tuning: XVECTOR_TUNING,
      });
    case 'pyannote':
      return openPyannote(model ?? DIARIZATION_BACKENDS.pyannote[0], source);
    case 'speechbrain': {
      const { models, ...session } = source;
      const [modelId] = DIARIZATION_BACKENDS.speechbrain;
      const path = (await models.pull(modelId)).file('model.onnx');
      const embedder = await openEcapaEmbedder({ path, modelId, ...session });
      return openWindowDiarizer({ embedder: stretchesByClip(embedder), tuning: ECAPA_TUNING });
    }
    case 'noop':
      return NOBODY;
  }
}

/** Listens to no voices. */
const NOBODY: Diarizer = {
  modelIds: [],
  diarize: async () => ({ turns: [], speakers: [] }),
  dispose: async () => {},
};

async function openXvectorFrom({ models, ...session }: Source): Promise<StretchEmbedder> {
  const path = (await models.pull(XVECTOR_ID)).file('model.ort');
  return openXvector({ path, modelId: XVECTOR_ID, ...session });
}

async function openPyannote(model: string, source: Source): Promise<Diarizer> {
  const { models, ...session } = source;
  const [segmentation, voices] = await Promise.all([
    models.pull(SEGMENTATION_ID),
    model === XVECTOR_ID ? xvectorVoices(source) : wespeakerVoices(model, source),
  ]);
  return openPyannoteDiarizer({
    segmentationPath: segmentation.file('model.onnx'),
    segmentationId: SEGMENTATION_ID,
    ...voices,
    ...session,
  });
}

/** What tells voices apart, and by how much. */
type Voices = { embedder: SpeakerEmbedder; thresholds: VoiceThresholds };

async function xvectorVoices(source: Source): Promise<Voices> {
  const embedder = clipsByStretch(await openXvectorFrom(source), FRAME_SPAN_SAMPLES);
  return { embedder, thresholds: XVECTOR_THRESHOLDS };
}

async function wespeakerVoices(modelId: string, { models, ...session }: Source): Promise<Voices> {
  const path = (await models.pull(modelId)).file('model.onnx');
  const embedder = await openWespeakerEmbedder({ path, modelId, ...session });
  return { embedder, thresholds: WESPEAKER_THRESHOLDS };
}
