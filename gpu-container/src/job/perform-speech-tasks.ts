import type { TaskOutcomes } from '#contracts/job-result.ts';
import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type Transcript, type Warning, warning } from '#contracts/transcript.ts';
import { type Attempt, attempt } from './attempt.ts';
import { buildTranscript } from './build-transcript.ts';
import { closeDiarizationEngine, openDiarizationEngine } from './diarization-engine.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import { loadInBackground } from './load-in-background.ts';
import { runDiarization, type SpeakerTranscription } from './run-diarization.ts';
import { runTextEmbedding, type TextEmbedding } from './run-text-embedding.ts';
import { runTranscription, type Transcription } from './run-transcription.ts';
import type { SpeechTasks } from './task-plan.ts';
import { openTextEmbeddingEngine } from './text-embedding-engine.ts';

/** What became of the tasks that need somebody who speaks. */
export type SpeechResults = {
  outcomes: Omit<TaskOutcomes, 'videoEmbedding'>;
  transcript?: Transcript;
  textEmbedding?: Attempt<TextEmbedding>;
  modelIds: string[];
  coldStartSeconds: number;
};

/**
 * The transcription, then who says what, then what it means. The models of each
 * load while what comes before it is done.
 *
 * @throws What the first of them throws that fails the job; the signal's reason
 *   where the attempt was stopped.
 */
export async function performSpeechTasks(
  { transcription: task, diarization, textEmbedding }: SpeechTasks,
  media: Media,
  context: JobContext,
): Promise<SpeechResults> {
  const { models } = context.deps;
  const { device } = context.compute;
  await using diarizer =
    diarization &&
    loadInBackground(
      () => openDiarizationEngine(diarization, models, device),
      closeDiarizationEngine,
    );
  await using embedder =
    textEmbedding &&
    loadInBackground(
      () => openTextEmbeddingEngine(textEmbedding, models, device),
      (loaded) => loaded.dispose(),
    );

  const transcribed = await attempt(task, context, () => runTranscription(task, media, context));
  const transcription = transcribed.result;
  await using _recording = transcription?.recording;

  const diarized =
    diarizer &&
    (await attempt(diarization, context, async () => {
      if (transcription === undefined) {
        throw transcribed.error;
      }
      return runDiarization(diarization, { media, transcription }, diarizer.loaded, context);
    }));

  const embedded =
    embedder &&
    (await attempt(textEmbedding, context, async () => {
      if (transcription === undefined) {
        throw transcribed.error;
      }
      const transcript = transcriptOf(task, transcription, diarized, context);
      return runTextEmbedding(textEmbedding, transcript, embedder.loaded, context);
    }));

  return {
    outcomes: {
      transcription: transcribed.outcome,
      ...(diarized && { diarization: diarized.outcome }),
      ...(embedded && { textEmbedding: embedded.outcome }),
    },
    ...(transcription && {
      transcript: transcriptOf(task, transcription, diarized, context),
    }),
    ...(embedded && { textEmbedding: embedded }),
    modelIds: [
      ...(transcription ? [transcription.modelId] : []),
      ...(diarized?.result?.diarization.models ?? []),
      ...(embedded?.result ? [embedded.result.modelId] : []),
    ],
    coldStartSeconds: transcription?.coldStartSeconds ?? 0,
  };
}

/** With the metrics of the stages until now. */
function transcriptOf(
  task: TranscriptionTask,
  { merged, recording }: Transcription,
  diarized: Attempt<SpeakerTranscription> | undefined,
  { record, timer }: JobContext,
): Transcript {
  return buildTranscript({
    record,
    task,
    transcription: merged,
    ...(diarized?.result && { diarization: diarized.result }),
    durationSeconds: recording.durationSeconds,
    warnings: [
      ...(recording.partial ? [warning('MEDIA_PARTLY_DECODED')] : []),
      ...(diarized ? diarizationWarnings(diarized) : []),
    ],
    stages: timer.metrics,
  });
}

function diarizationWarnings({ outcome, result }: Attempt<SpeakerTranscription>): Warning[] {
  return outcome.status === 'FAILED'
    ? [warning('DIARIZATION_FAILED', { cause: outcome.failure.code })]
    : (result?.warnings ?? []);
}
