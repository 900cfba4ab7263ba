import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '#contracts/artifacts.ts';
import { toFailure } from '#contracts/errors.ts';
import { MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import { uploadKey } from '#contracts/identifiers.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import {
  type JobResult,
  MANIFEST_SCHEMA_VERSION,
  type TaskOutcomes,
} from '#contracts/job-result.ts';
import { type MediaFacts, probeMedia } from '../decode/probe.ts';
import { type FetchedMedia, fetchMedia, type MediaInput } from '../fetch/fetch-media.ts';
import { publishArtifacts, publishManifest } from '../publish/publish.ts';
import { renderTranscript } from '../render/render.ts';
import { hashFile } from './hash-file.ts';
import type { JobContext } from './job-context.ts';
import type { ReportProgress } from './progress.ts';
import { runTranscription, type Transcription } from './run-transcription.ts';
import { createStageTimer, peakRssBytes } from './stage-timer.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/** As many as the record and the events have room for; the transcript has them all. */
const MAX_RESULT_WARNINGS = 50;

type Media = FetchedMedia & { sha256: string; facts: MediaFacts };

/**
 * Runs the stages of a job, from its input to its published artifacts.
 *
 * @throws ReelscribeError with the code of whatever failed for good; the
 *   signal's reason where the attempt was stopped, after its state was stored
 */
export async function performJob(
  record: JobRecord,
  deps: WorkerDependencies,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<JobResult> {
  const scratchDir = await mkdtemp(join(deps.environment.SCRATCH_DIR, 'reelscribe-'));
  try {
    const tools = await deps.findTools();
    signal.throwIfAborted();
    const context: JobContext = {
      record,
      deps,
      tools,
      timer: createStageTimer(),
      report,
      bootSeconds: performance.now() / 1000,
      scratchDir,
      signal,
    };
    const media = await getMedia(context);
    const { outcomes, transcription } = await performTasks(media, context);
    signal.throwIfAborted();
    return await publish(media, outcomes, transcription, context);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

async function getMedia({
  record,
  deps,
  tools,
  timer,
  report,
  scratchDir,
  signal,
}: JobContext): Promise<Media> {
  const { MAX_INPUT_BYTES, MAX_MEDIA_SECONDS } = deps.environment;
  report('fetch', 0, 0);
  const fetched = await timer.time('fetch', () =>
    fetchMedia(
      mediaInput(record, deps.environment.ARTIFACTS_BUCKET),
      { s3: deps.s3, agent: deps.agent },
      {
        scratchDir,
        maxBytes: MAX_INPUT_BYTES,
        signal,
        onProgress: ({ bytesDone, bytesTotal }) =>
          report('fetch', bytesTotal === null ? 0 : bytesDone / bytesTotal, 0),
      },
    ),
  );
  const facts = await probeMedia(fetched.path, {
    ffprobe: tools.ffprobe,
    maxSeconds: MAX_MEDIA_SECONDS,
    signal,
  });
  return { ...fetched, facts, sha256: await hashFile(fetched.path, signal) };
}

/** An upload lies in the artifacts bucket, in its tenant's folder. */
function mediaInput(
  { request: { input }, tenant }: JobRecord,
  artifactsBucket: string,
): MediaInput {
  return 'uploadId' in input
    ? { s3: { bucket: artifactsBucket, key: uploadKey(tenant, input.uploadId) } }
    : input;
}

/** A task that is not required may fail without failing the job. */
async function performTasks(
  media: Media,
  context: JobContext,
): Promise<{ outcomes: TaskOutcomes; transcription?: Transcription }> {
  const task = context.record.request.tasks.transcription;
  if (task === undefined) {
    return { outcomes: {} };
  }
  const start = performance.now();
  try {
    const transcription = await runTranscription(task, media, context);
    const wallSeconds = (performance.now() - start) / 1000;
    return { outcomes: { transcription: { status: 'SUCCEEDED', wallSeconds } }, transcription };
  } catch (error) {
    const failure = toFailure(error);
    const { log, environment } = context.deps;
    const mayPass = failure.retryable && environment.AWS_BATCH_JOB_ATTEMPT < MAX_ATTEMPTS;
    if (task.required || mayPass || context.signal.aborted) {
      throw error;
    }
    log.warn({ err: error, code: failure.code }, 'a task that is not required failed');
    return { outcomes: { transcription: { status: 'FAILED', failure } } };
  }
}

async function publish(
  media: Media,
  outcomes: TaskOutcomes,
  transcription: Transcription | undefined,
  { record, deps, report }: JobContext,
): Promise<JobResult> {
  const { environment, s3 } = deps;
  const { output, outputs, metadata } = record.request;
  const durationSeconds =
    transcription?.transcript.media.durationSeconds ?? media.facts.durationSeconds ?? 0;
  const destination = {
    jobId: record.jobId,
    bucket: output?.bucket ?? environment.ARTIFACTS_BUCKET,
    prefix: output?.prefix ?? '',
  };

  report('render', 0, durationSeconds);
  const rendered =
    transcription === undefined ? [] : renderTranscript(transcription.transcript, outputs);
  report('publish', 0, durationSeconds);
  const artifacts = await publishArtifacts(s3, destination, rendered);
  const result = jobResult(artifacts, outcomes, transcription, durationSeconds, environment.DEVICE);
  const manifest = await publishManifest(s3, destination, {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    jobId: record.jobId,
    attempt: environment.AWS_BATCH_JOB_ATTEMPT,
    createdAt: new Date().toISOString(),
    input: {
      bytes: media.bytes,
      sha256: media.sha256,
      contentType: media.sniffedType ?? 'application/octet-stream',
    },
    models: transcription === undefined ? [] : [transcription.modelId],
    result,
    metadata,
  });
  return { ...result, artifacts: [...artifacts, manifest] };
}

function jobResult(
  artifacts: Artifact[],
  tasks: TaskOutcomes,
  transcription: Transcription | undefined,
  durationSeconds: number,
  device: JobResult['metrics']['device'],
): JobResult {
  const wallSeconds = performance.now() / 1000;
  return {
    artifacts,
    tasks,
    warnings: transcription?.transcript.warnings.slice(0, MAX_RESULT_WARNINGS) ?? [],
    language: transcription?.transcript.language.code ?? null,
    durationSeconds,
    metrics: {
      wallSeconds,
      coldStartSeconds: transcription?.coldStartSeconds ?? 0,
      realTimeFactor: transcription?.transcript.metrics.realTimeFactor ?? 0,
      peakRssBytes: peakRssBytes(),
      device,
    },
  };
}
