import { toFailure } from '#contracts/errors.ts';
import { MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import type { TaskOutcomes } from '#contracts/job-result.ts';
import { type Transcript, type Warning, warning } from '#contracts/transcript.ts';
import { buildTranscript } from './build-transcript.ts';
import { closeDiarizationEngine, openDiarizationEngine } from './diarization-engine.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import { loadInBackground } from './load-in-background.ts';
import { runDiarization, type SpeakerTranscription } from './run-diarization.ts';
import { runTranscription } from './run-transcription.ts';

/** What the tasks of a job made, and how each of them ended. */
export type TaskResults = {
  outcomes: TaskOutcomes;
  transcript?: Transcript;
  /** Catalog ids of the models that it comes from. */
  modelIds: string[];
  coldStartSeconds: number;
};

/**
 * Performs what a job asks for. A task that is not required may fail without
 * failing the job.
 *
 * @throws ReelscribeError with the code of whatever failed for good; the
 *   signal's reason where the attempt was stopped
 */
export async function performTasks(media: Media, context: JobContext): Promise<TaskResults> {
  const { record, deps, timer } = context;
  const { transcription: task, diarization: diarizationTask } = record.request.tasks;
  if (task === undefined) {
    return { outcomes: {}, modelIds: [], coldStartSeconds: 0 };
  }
  // Its models load while the speech is written down.
  await using engine =
    diarizationTask &&
    loadInBackground(
      () => openDiarizationEngine(diarizationTask, deps.models, deps.environment.DEVICE),
      closeDiarizationEngine,
    );
  const transcribed = await attempt(task, context, () => runTranscription(task, media, context));
  await using recording = transcribed.result?.recording;
  const diarized =
    engine &&
    (await attempt(diarizationTask, context, async () => {
      if (transcribed.result === undefined) {
        throw transcribed.error;
      }
      const input = { media, transcription: transcribed.result };
      return runDiarization(diarizationTask, input, engine.loaded, context);
    }));
  const outcomes: TaskOutcomes = {
    transcription: transcribed.outcome,
    ...(diarized && { diarization: diarized.outcome }),
  };
  if (transcribed.result === undefined || recording === undefined) {
    return { outcomes, modelIds: [], coldStartSeconds: 0 };
  }
  const { merged, modelId, coldStartSeconds } = transcribed.result;
  return {
    outcomes,
    transcript: buildTranscript({
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
    }),
    modelIds: [modelId, ...(diarized?.result?.diarization.models ?? [])],
    coldStartSeconds,
  };
}

type TaskOutcome = NonNullable<TaskOutcomes[keyof TaskOutcomes]>;

/** How a task ended, with what it made or what it threw. */
type Attempt<T> =
  | { outcome: TaskOutcome & { status: 'SUCCEEDED' }; result: T; error?: never }
  | { outcome: TaskOutcome & { status: 'FAILED' }; result?: never; error: unknown };

/**
 * Performs a task.
 *
 * @throws What the task throws, where that fails the job or may pass by another attempt.
 */
async function attempt<T>(
  { required }: { required: boolean },
  { deps: { log, environment }, signal }: JobContext,
  perform: () => Promise<T>,
): Promise<Attempt<T>> {
  const start = performance.now();
  try {
    const result = await perform();
    const wallSeconds = (performance.now() - start) / 1000;
    return { outcome: { status: 'SUCCEEDED', wallSeconds }, result };
  } catch (error) {
    const failure = toFailure(error);
    const mayPass = failure.retryable && environment.AWS_BATCH_JOB_ATTEMPT < MAX_ATTEMPTS;
    if (required || mayPass || signal.aborted) {
      throw error;
    }
    log.warn({ err: error, code: failure.code }, 'a task that is not required failed');
    return { outcome: { status: 'FAILED', failure }, error };
  }
}

function diarizationWarnings({ outcome, result }: Attempt<SpeakerTranscription>): Warning[] {
  return outcome.status === 'FAILED'
    ? [warning('DIARIZATION_FAILED', { cause: outcome.failure.code })]
    : (result?.warnings ?? []);
}
