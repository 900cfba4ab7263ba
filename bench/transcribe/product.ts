import { copyFile, link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { decodeAudio } from '../../gpu-container/src/decode/decode-audio.ts';
import { findFfmpeg } from '../../gpu-container/src/decode/ffmpeg-binary.ts';
import { openPcmFile } from '../../gpu-container/src/decode/pcm-file.ts';
import { probeMedia } from '../../gpu-container/src/decode/probe.ts';
import type { ReportProgress } from '../../gpu-container/src/job/progress.ts';
import { createStageTimer } from '../../gpu-container/src/job/stage-timer.ts';
import { transcribeMedia } from '../../gpu-container/src/job/transcribe-media.ts';
import { openTranscriptionEngine } from '../../gpu-container/src/job/transcription-engine.ts';
import { transcriptionModel } from '../../gpu-container/src/models/catalog.ts';
import {
  type ModelFiles,
  modelStoreFromEnvironment,
} from '../../gpu-container/src/models/store.ts';

/** All that the benches use of the product: its models, its decoder and its pipeline. */

const DEVICE = 'cpu';
const MAX_MEDIA_SECONDS = 24 * 3600;
const COPY_SAMPLES = 16_000 * 60;

/** The files of a transcription model, fetched if need be. */
export async function pullTranscriptionModel(model: string): Promise<ModelFiles> {
  return await modelStoreFromEnvironment().pull(transcriptionModel(model, DEVICE).id);
}

/** Decodes media files to raw samples, and tells how many seconds they are. */
export type DecodeToFile = (mediaPath: string, pcmPath: string) => Promise<number>;

export async function openDecoder(scratchDir: string): Promise<DecodeToFile> {
  const tools = await findFfmpeg(process.env, { pullTool: modelStoreFromEnvironment().pull });
  return async (mediaPath, pcmPath) => {
    const facts = await probeMedia(mediaPath, {
      ffprobe: tools.ffprobe,
      maxSeconds: MAX_MEDIA_SECONDS,
    });
    const decodeDir = join(scratchDir, 'decoding');
    await mkdir(decodeDir, { recursive: true });
    const audio = await decodeAudio(mediaPath, facts, {
      ffmpeg: tools.ffmpeg,
      scratchDir: decodeDir,
      maxSeconds: MAX_MEDIA_SECONDS,
    });
    await using pcm = audio.pcm;
    await using file = await open(pcmPath, 'w');
    for (let start = 0; start < pcm.sampleCount; start += COPY_SAMPLES) {
      const samples = await pcm.read(start, COPY_SAMPLES);
      await file.write(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    }
    return audio.durationSeconds;
  };
}

export type PipelineOptions = {
  language: string | undefined;
  vad: boolean;
  wordTimestamps: boolean;
  onProgress?: ReportProgress;
};

export type Pipeline = (pcmPath: string, options: PipelineOptions) => Promise<string>;

/** Loads the models and gives the pipeline of a job from decoded audio to text. */
export async function openPipeline(model: string): Promise<Pipeline> {
  const engine = await openTranscriptionEngine(model, modelStoreFromEnvironment(), DEVICE);
  return async (pcmPath, { language, vad, wordTimestamps, onProgress = () => {} }) => {
    await using pcm = await openPcmCopy(pcmPath);
    const task = transcriptionSchema.parse({ model, language, vad, wordTimestamps });
    const { state } = await transcribeMedia(pcm, task, engine, {
      timer: createStageTimer(),
      report: onProgress,
      onState: async () => {},
      signal: new AbortController().signal,
      device: DEVICE,
      log: { warn: () => {} },
    });
    return state.segments.map(({ text }) => text.trim()).join(' ');
  };
}

/** The pipeline's reader deletes its file when it is done, so it gets a name of its own for it. */
async function openPcmCopy(path: string) {
  const ownName = `${path}.open`;
  await rm(ownName, { force: true });
  await link(path, ownName).catch(() => copyFile(path, ownName));
  return await openPcmFile(ownName);
}
