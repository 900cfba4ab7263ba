import type { DiarizationBackend } from '#contracts/models.ts';
import { diarizationSchema } from '#contracts/tasks/diarization.ts';
import { openDiarizer } from '../../gpu-container/src/diarize/open-diarizer.ts';
import { diarizationSpeech } from '../../gpu-container/src/diarize/speech.ts';
import { SPEECH_DETECTOR_ID } from '../../gpu-container/src/job/transcription-engine.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { detectSpeech, speechProbabilities } from '../../gpu-container/src/vad/detect-speech.ts';
import { openSpeechDetector } from '../../gpu-container/src/vad/silero.ts';
import type { SpeechRegionOptions } from '../../gpu-container/src/vad/speech-regions.ts';
import type { DiarizationSide } from './measure.ts';

/** Every short silence is a place to cut at; without one, the quietest moment within 3 s. */
const PHRASES: SpeechRegionOptions = {
  minSilenceSeconds: 0.1,
  paddingSeconds: 0,
  maxRegionSeconds: 3,
};

/** Loads the models of a backend, with the options of a job that asks for no more than that. */
export async function openOurs(
  backend: DiarizationBackend,
  threads: number,
): Promise<DiarizationSide & AsyncDisposable> {
  const models = modelStoreFromEnvironment();
  const { model, minSpeakers, maxSpeakers } = diarizationSchema.parse({ backend });
  const silero = await models.pull(SPEECH_DETECTOR_ID);
  const detector = await openSpeechDetector(silero.file('silero_vad.onnx'), { threads });
  const diarizer = await openDiarizer({ backend, model, models, device: 'cpu', threads });
  return {
    findSpeech: async (pcm) =>
      diarizationSpeech(await speechProbabilities(pcm, detector), pcm.sampleCount / pcm.sampleRate),
    findPhrases: (pcm) => detectSpeech(pcm, detector, PHRASES),
    diarizer,
    options: { minSpeakers, maxSpeakers },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([detector.dispose(), diarizer.dispose()]);
    },
  };
}
