import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIARIZATION_BACKENDS } from '#contracts/models.ts';
import { DEFAULT_TRANSCRIPTION_MODEL } from '#contracts/tasks/transcription.ts';
import { findFfmpeg } from '../../gpu-container/src/decode/ffmpeg-binary.ts';
import { SPEECH_DETECTOR_ID } from '../../gpu-container/src/job/transcription-engine.ts';
import { transcriptionModel } from '../../gpu-container/src/models/catalog.ts';
import type { DownloadProgress } from '../../gpu-container/src/models/download.ts';
import {
  type ModelStore,
  modelStoreFromEnvironment,
} from '../../gpu-container/src/models/store.ts';
import { LOCAL_STATE_DIR } from '../stack/template.ts';
import type { Terminal } from './terminal.ts';
import { joinClips, readWav, writeWav } from './wav.ts';

/** What a transcription and a diarization with the default options need. */
const MODELS = [
  transcriptionModel(DEFAULT_TRANSCRIPTION_MODEL).id,
  SPEECH_DETECTOR_ID,
  ...DIARIZATION_BACKENDS.auto,
];

const RECORDINGS = 'demo-speech';
/** John F. Kennedy in 1961, and a LibriVox reader of Sense and Sensibility. */
const VOICES = ['jfk.wav', 'sense-and-sensibility-0870.wav'];
const PAUSE_SECONDS = 0.7;

const MEBIBYTE = 1024 * 1024;

/** The worker's own model store, its downloads shown. */
export function createVisibleModelStore(terminal: Terminal): ModelStore {
  return modelStoreFromEnvironment(process.env, {
    onProgress: (progress) => terminal.status(describeDownload(progress, terminal.isLive)),
  });
}

/**
 * Sees to it that the models and programs that the worker will want are there,
 * while somebody is looking: the worker itself would fetch them unseen.
 *
 * @throws ReelscribeError where one cannot be had
 */
export async function prepareWorker(models: ModelStore): Promise<void> {
  for (const id of MODELS) {
    await models.pull(id);
  }
  await findFfmpeg(process.env, { pullTool: models.pull });
}

/** Two public-domain voices, one after the other, in one WAV file. Returns its path. */
export async function makeTwoVoiceRecording(models: ModelStore): Promise<string> {
  const recordings = await models.pull(RECORDINGS);
  const clips = await Promise.all(
    VOICES.map(async (name) => readWav(await readFile(recordings.file(name)))),
  );
  const dir = join(LOCAL_STATE_DIR, 'demo');
  const [path, partial] = [join(dir, 'two-voices.wav'), join(dir, `two-voices.${process.pid}`)];
  await mkdir(dir, { recursive: true });
  await writeFile(partial, writeWav(joinClips(clips, PAUSE_SECONDS)));
  await rename(partial, path);
  return path;
}

function describeDownload(
  { id, file, receivedBytes, totalBytes }: DownloadProgress,
  isLive: boolean,
): string {
  if (!isLive) {
    return `Fetching ${id}`;
  }
  const amount =
    totalBytes === undefined
      ? `${(receivedBytes / MEBIBYTE).toFixed(0)} MiB`
      : `${Math.floor((100 * receivedBytes) / totalBytes)} %`;
  return `Fetching ${id}: ${file}, ${amount}`;
}
