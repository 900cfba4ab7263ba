import { checkTranscription } from '#contracts/availability/transcription.ts';
import { resolveTranscriptionModel } from '#contracts/models.ts';
import type { TranscriptionOptions } from '#contracts/service.ts';
import { type TranscriptionTask, transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { type Transcript, type Warning, warning } from '#contracts/transcript.ts';
import type { MediaTools } from '../decode/ffmpeg-binary.ts';
import { probeMedia, requireAudio } from '../decode/probe.ts';
import { sniffMedia } from '../fetch/sniff-media.ts';
import { buildTranscript } from '../job/build-transcript.ts';
import { decodeRecording } from '../job/decode-recording.ts';
import { mergeChannels } from '../job/merge-channels.ts';
import { createStageTimer } from '../job/stage-timer.ts';
import { transcribeChannels } from '../job/transcribe-channels.ts';
import type { TranscriptionEngine } from '../job/transcribe-media.ts';
import type { Logger } from '../log/logger.ts';
import { modelNotServed, refuseUnavailable } from './served-models.ts';

/**
 * The transcription that a request asks for, by the model that is loaded.
 *
 * @throws Refusal MODEL_NOT_FOUND for another model, INVALID_REQUEST for what it cannot do
 */
export function transcriptionTask(
  served: string,
  { model = served, ...options }: TranscriptionOptions,
): TranscriptionTask {
  if (model !== served && resolveTranscriptionModel(model) !== resolveTranscriptionModel(served)) {
    throw modelNotServed(model, [served]);
  }
  const task = transcriptionSchema.parse({ ...options, model: served });
  refuseUnavailable(checkTranscription(task));
  return task;
}

/**
 * Transcribes a local file by models that stay loaded: what the job does, without
 * a job.
 *
 * @param options.id stands in the transcript where that of a job would
 * @param options.scratchDir a folder of this request alone
 * @throws ReelscribeError what sniffing, probing, decoding and transcribing throw
 * @throws the signal's reason, where it was aborted
 */
export async function transcribeFile(
  path: string,
  task: TranscriptionTask,
  engine: TranscriptionEngine,
  options: {
    id: string;
    scratchDir: string;
    tools: MediaTools;
    environment: { MAX_MEDIA_SECONDS: number; DEVICE: 'cpu' | 'cuda' };
    signal: AbortSignal;
    /** Of the service, which its transcripts must tell. */
    warnings: readonly Warning[];
    log: Pick<Logger, 'warn'>;
  },
): Promise<Transcript> {
  const { id, scratchDir, tools, environment, signal, log } = options;
  const timer = createStageTimer();
  const report = () => {};
  await sniffMedia(path, { pictures: false });
  const facts = await probeMedia(path, {
    ffprobe: tools.ffprobe,
    maxSeconds: environment.MAX_MEDIA_SECONDS,
    signal,
  });
  requireAudio(facts);
  await using recording = await decodeRecording(
    task,
    { path, facts },
    { deps: { environment }, tools, timer, report, scratchDir, signal },
  );
  const channels = await transcribeChannels(recording.channels, task, engine, {
    timer,
    report,
    signal,
    device: environment.DEVICE,
    resumeFrom: [],
    log,
    onStates: async () => {},
  });
  return buildTranscript({
    record: { jobId: id, request: { metadata: {} } },
    task,
    transcription: mergeChannels(channels, recording.identical),
    durationSeconds: recording.durationSeconds,
    warnings: [
      ...options.warnings,
      ...(recording.partial ? [warning('MEDIA_PARTLY_DECODED')] : []),
    ],
    stages: timer.metrics,
  });
}
