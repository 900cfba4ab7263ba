import { transcriptionModel } from '../models/catalog.ts';
import { publishedDir } from '../models/prepare/published-dir.ts';
import type { ModelStore } from '../models/store.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';
import { openLanes } from '../transcribe/lanes/open-lanes.ts';
import { openSpeechDetector } from '../vad/silero.ts';
import type { TranscriptionEngine } from './transcribe-media.ts';

/** The speech detector's id in the model catalog. */
export const SPEECH_DETECTOR_ID = 'silero-vad';

/**
 * Fetches and loads the models of a transcription.
 *
 * @throws ReelscribeError `MODEL_NOT_FOUND`, what the store throws, or `GPU_UNAVAILABLE`
 */
export async function openTranscriptionEngine(
  model: string,
  models: ModelStore,
  device: ComputeDevice['device'],
): Promise<TranscriptionEngine> {
  const { id: modelId, family } = transcriptionModel(model, device);
  const [silero, weights] = await Promise.all([
    models.pull(SPEECH_DETECTOR_ID),
    models.pull(modelId),
  ]);
  // A GPU has no kernels for what an 8-bit export does.
  const needsWeights = device === 'cuda' && family === 'whisper';
  const dir = (needsWeights && (await publishedDir(weights.dir))) || weights.dir;
  const [detector, recognizer] = await Promise.all([
    openSpeechDetector(silero.file('silero_vad.onnx')),
    openLanes({ family, modelId, dir, device }),
  ]);
  return { detector, recognizer };
}
