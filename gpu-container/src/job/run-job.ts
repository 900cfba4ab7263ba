import { ReelscribeError, toFailure } from '#contracts/errors.ts';
import { EXIT_CODES, MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import { fail, start, succeed, wantsEvent } from '#contracts/job-changes.ts';
import { isFinal, type JobRecord } from '#contracts/job-record.ts';
import { eventId, type Progress } from '#contracts/webhook-events.ts';
import { createCheckpointStore } from './checkpoint.ts';
import { performJob } from './perform-job.ts';
import { createProgressReporter, stageShares } from './progress.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Thrown into the stages when the record says that the job belongs to someone else or to no one. */
const NO_LONGER_OURS = new Error('the job is canceled, finished or owned by another run');

/**
 * Runs one attempt of a job from its record to its final record. Safe to run
 * again at any point: a record that is final or owned by another run is left
 * alone, and an attempt goes on where the last one stopped.
 *
 * @param interrupted aborted when the machine is being taken away
 * @returns the exit code of the process; only `TRANSIENT` asks for another attempt
 */
export async function runJob(
  jobId: string,
  deps: WorkerDependencies,
  interrupted: AbortSignal,
): Promise<ExitCode> {
  const code = await runAttempt(jobId, deps, interrupted);
  await discardCheckpointOfEndedJob(jobId, deps);
  return code;
}

async function runAttempt(
  jobId: string,
  deps: WorkerDependencies,
  interrupted: AbortSignal,
): Promise<ExitCode> {
  const { store, log, environment } = deps;
  const run = {
    attempt: environment.AWS_BATCH_JOB_ATTEMPT,
    batchJobId: environment.AWS_BATCH_JOB_ID,
  };

  const record = await store.get(jobId);
  if (record === undefined || isFinal(record.status)) {
    log.info({ status: record?.status }, 'nothing to do');
    return EXIT_CODES.SUCCEEDED;
  }
  const started = await store.apply(jobId, start(record, { ...run, now: now() }), now());
  if (started === undefined) {
    log.info('another run owns the job');
    return EXIT_CODES.SUCCEEDED;
  }
  await flush(started, deps);

  const lost = new AbortController();
  const progress = createProgressReporter({
    send: (report) => sendProgress(started, report, deps, () => lost.abort(NO_LONGER_OURS)),
    firstSequence: (started.progress?.sequence ?? 0) + 1,
    shares: stageShares(started.request.tasks),
    intervalSeconds: environment.PROGRESS_INTERVAL_SECONDS,
    nowSeconds: () => performance.now() / 1000,
  });

  try {
    refuseLateStart(record);
    const signal = AbortSignal.any([interrupted, lost.signal]);
    const result = await performJob(started, deps, progress.report, signal);
    await progress.idle();
    const done = await store.apply(jobId, succeed(started, { ...run, now: now(), result }), now());
    if (done === undefined) {
      throw NO_LONGER_OURS;
    }
    await flush(done, deps);
    log.info(
      { metrics: result.metrics, warnings: result.warnings.map(({ code }) => code) },
      'succeeded',
    );
    return EXIT_CODES.SUCCEEDED;
  } catch (error) {
    await progress.idle();
    return conclude(lost.signal.aborted ? NO_LONGER_OURS : error, started, deps, interrupted);
  }
}

/** Decides what an error means for the job: another attempt, a final failure, or nothing. */
async function conclude(
  error: unknown,
  started: JobRecord,
  deps: WorkerDependencies,
  interrupted: AbortSignal,
): Promise<ExitCode> {
  const { log, store, environment } = deps;
  if (error === NO_LONGER_OURS) {
    log.info('the job was canceled or taken over');
    return EXIT_CODES.SUCCEEDED;
  }
  if (interrupted.aborted) {
    log.warn('interrupted; the next attempt goes on from the checkpoint');
    return EXIT_CODES.TRANSIENT;
  }
  const failure = toFailure(error);
  log.error({ err: error, code: failure.code }, 'attempt failed');
  if (failure.retryable && environment.AWS_BATCH_JOB_ATTEMPT < MAX_ATTEMPTS) {
    return EXIT_CODES.TRANSIENT;
  }
  const batchJobId = environment.AWS_BATCH_JOB_ID;
  const ended = await store.apply(
    started.jobId,
    fail(started, { now: now(), failure, batchJobId }),
    now(),
  );
  if (ended !== undefined) {
    await flush(ended, deps);
  }
  return EXIT_CODES.FAILED;
}

async function sendProgress(
  record: JobRecord,
  progress: Progress,
  { store, outbox, environment }: WorkerDependencies,
  onLost: () => void,
): Promise<void> {
  const kept = await store.reportProgress(record.jobId, environment.AWS_BATCH_JOB_ID, progress);
  if (kept === undefined) {
    onLost();
  } else if (wantsEvent(record, 'job.progress')) {
    await outbox.send(record.jobId, {
      id: eventId(record.jobId, `progress_${progress.sequence}`),
      type: 'job.progress',
      timestamp: now(),
      data: {
        jobId: record.jobId,
        metadata: record.request.metadata,
        attempt: environment.AWS_BATCH_JOB_ATTEMPT,
        progress,
      },
    });
  }
}

/** Who cancels, or ends a job otherwise, ends what is kept of its words as well. */
async function discardCheckpointOfEndedJob(
  jobId: string,
  { store, s3, environment, log }: WorkerDependencies,
): Promise<void> {
  try {
    const record = await store.get(jobId);
    if (record === undefined || isFinal(record.status)) {
      await createCheckpointStore(s3, environment.ARTIFACTS_BUCKET, jobId).remove();
    }
  } catch (err) {
    log.warn({ err }, 'the checkpoint stays until its bucket forgets it');
  }
}

/** An event that cannot be sent stays in the record, and the sweeper sends it. */
async function flush(record: JobRecord, { outbox, log }: WorkerDependencies): Promise<void> {
  try {
    await outbox.flush(record);
  } catch (err) {
    log.warn({ err }, 'events stay pending');
  }
}

/** A job that was started in time may go on in later attempts. */
function refuseLateStart({ request, startedAt }: JobRecord): void {
  if (startedAt !== undefined || request.notAfter === undefined) {
    return;
  }
  if (Date.parse(request.notAfter) < Date.now()) {
    throw new ReelscribeError('DEADLINE_EXCEEDED', `the job was to start by ${request.notAfter}`);
  }
}

function now(): string {
  return new Date().toISOString();
}
