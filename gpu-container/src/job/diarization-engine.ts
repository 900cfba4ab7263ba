import type { DiarizationTask } from '#contracts/tasks/diarization.ts';
import type { Diarizer } from '../diarize/diarizer.ts';
import { openDiarizer } from '../diarize/open-diarizer.ts';
import type { ModelStore } from '../models/store.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';
import { openSpeechDetector, type SpeechDetector } from '../vad/silero.ts';
import { SPEECH_DETECTOR_ID } from './transcription-engine.ts';

/** The models of a diarization, loaded. */
export type DiarizationEngine = {
  detector: SpeechDetector;
  /** Absent where each channel is one speaker. */
  diarizer?: Diarizer;
};

/**
 * Fetches and loads the models of a diarization.
 *
 * @throws ReelscribeError what the store throws, or `GPU_UNAVAILABLE`
 */
export async function openDiarizationEngine(
  { backend, model, perChannel }: DiarizationTask,
  models: ModelStore,
  device: ComputeDevice['device'],
): Promise<DiarizationEngine> {
  const silero = await models.pull(SPEECH_DETECTOR_ID);
  const detector = await openSpeechDetector(silero.file('silero_vad.onnx'));
  if (perChannel) {
    return { detector };
  }
  return { detector, diarizer: await openDiarizer({ backend, model, models, device }) };
}

export async function closeDiarizationEngine({
  detector,
  diarizer,
}: DiarizationEngine): Promise<void> {
  await Promise.all([detector.dispose(), diarizer?.dispose()]);
}
