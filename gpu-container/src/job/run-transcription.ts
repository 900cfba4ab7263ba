import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { requireAudio } from '../decode/probe.ts';
import { createCheckpointStore } from './checkpoint.ts';
import { decodeRecording, type Recording } from './decode-recording.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import { createCheckpointKeeper } from './keep-checkpoint.ts';
import { loadInBackground } from './load-in-background.ts';
import { type MergedTranscription, mergeChannels } from './merge-channels.ts';
import { type ChannelTranscription, transcribeChannels } from './transcribe-channels.ts';
import type { TranscriptionEngine } from './transcribe-media.ts';
import { openTranscriptionEngine } from './transcription-engine.ts';

/** What the transcription task makes of a media file. */
export type Transcription = {
  /** The audio it was made from, for who goes on with it; theirs to dispose of. */
  recording: Recording;
  /** Of each channel of the recording, in their order. */
  channels: readonly ChannelTranscription[];
  merged: MergedTranscription;
  modelId: string;
  coldStartSeconds: number;
};

/**
 * The transcription task: decodes the audio, finds the speech and writes it
 * down, going on from what an earlier attempt stored.
 *
 * @throws ReelscribeError `NO_AUDIO_STREAM`, `TRANSCRIPTION_FAILED`, or what
 *   decoding and the models throw
 * @throws The signal's reason, where it was aborted, after the state was stored.
 */
export async function runTranscription(
  task: TranscriptionTask,
  media: Media,
  context: JobContext,
): Promise<Transcription> {
  const { deps, record, report, signal, timer } = context;
  const { device } = context.compute;
  const { ARTIFACTS_BUCKET } = deps.environment;
  requireAudio(media.facts);
  // The models load while ffmpeg works, in a process of its own.
  await using engine = loadInBackground(
    () => openTranscriptionEngine(task.model, deps.models, device),
    closeTranscriptionEngine,
  );
  await using files = new AsyncDisposableStack();
  const recording = files.use(await decodeRecording(task, media, context));
  const { detector, recognizer } = await engine.loaded;

  const checkpoints = createCheckpointStore(deps.s3, ARTIFACTS_BUCKET, record.jobId);
  const resumeFrom = await checkpoints.load(media.sha256);
  const keeper = createCheckpointKeeper(
    (states) => checkpoints.save(media.sha256, states),
    resumeFrom,
    { signal, log: deps.log },
  );
  const channels = await transcribeChannels(
    recording.channels,
    task,
    { detector, recognizer },
    { timer, report, signal, device, resumeFrom, log: deps.log, onStates: keeper.keep },
  );
  if (record.request.tasks.diarization !== undefined) {
    // An attempt that does not get through what follows is not to cost the next one all of this.
    await keeper.settle();
  }
  const transcription: Transcription = {
    recording,
    channels,
    merged: mergeChannels(channels, recording.identical),
    modelId: recognizer.modelId,
    coldStartSeconds: context.bootSeconds + (await engine.seconds),
  };
  files.move();
  return transcription;
}

async function closeTranscriptionEngine({
  detector,
  recognizer,
}: TranscriptionEngine): Promise<void> {
  await Promise.all([detector.dispose(), recognizer.dispose()]);
}
