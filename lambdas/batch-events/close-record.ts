import type { Logger } from 'pino';
import type { EventOutbox } from '#adapters/event-outbox.ts';
import type { JobStore } from '#adapters/job-store.ts';
import { jobIdSchema } from '#contracts/identifiers.ts';
import { fail } from '#contracts/job-changes.ts';
import { isFinal, type JobRecord } from '#contracts/job-record.ts';
import {
  type BatchEvent,
  batchEventSchema,
  type EndedJob,
  type QueueBlocked,
} from './batch-event.ts';
import { failureOf } from './end-of-job.ts';

export type BatchEventsDependencies = {
  store: JobStore;
  outbox: EventOutbox;
  log: Logger;
  now: () => Date;
};

/**
 * Acts on an event of AWS Batch. The order of events is not certain and one may
 * come twice; what decides is the record.
 */
export async function handleBatchEvent(
  deps: BatchEventsDependencies,
  event: unknown,
): Promise<void> {
  const { 'detail-type': type, detail }: BatchEvent = batchEventSchema.parse(event);
  if (type === 'Batch Job Queue Blocked') {
    warnOfBlockedQueue(deps, detail);
    return;
  }
  await closeRecord(deps, detail);
}

/** Gives a job that died silently its final record and event. */
async function closeRecord(deps: BatchEventsDependencies, job: EndedJob): Promise<void> {
  const log = deps.log.child({ jobId: job.jobName, batchJobId: job.jobId });
  // The name of a job that someone else put into the queue need not be one of our ids.
  const jobId = jobIdSchema.safeParse(job.jobName).data;
  const record = jobId === undefined ? undefined : await deps.store.get(jobId);
  if (record === undefined || !isRunBy(record, job)) {
    log.info({ status: record?.status ?? 'MISSING' }, 'not the Batch job of a record');
    return;
  }
  if (isFinal(record.status)) {
    await deps.outbox.flush(record);
    return;
  }
  const now = deps.now().toISOString();
  const failure = failureOf(job);
  const change = fail(record, { now, failure, batchJobId: job.jobId });
  const failed = await deps.store.apply(record.jobId, change, now);
  if (failed === undefined) {
    log.info('the record was finished meanwhile');
    return;
  }
  const { container, statusReason } = job;
  log.error({ code: failure.code, statusReason, container }, 'job ended without a final record');
  await deps.outbox.flush(failed);
}

/**
 * True for the Batch job that the record belongs to. A claimed record to which
 * none is attached yet belongs to the one of its name; a queued one to nobody:
 * what has ended is left from a claim that was given back, and the job will be
 * submitted anew.
 */
function isRunBy(record: JobRecord, job: EndedJob): boolean {
  return record.batchJobId === undefined
    ? record.status === 'SUBMITTED'
    : record.batchJobId === job.jobId;
}

/** One line that is both a warning to read and, by the embedded metric format, a metric to alarm on. */
function warnOfBlockedQueue(deps: BatchEventsDependencies, blocked: QueueBlocked): void {
  deps.log.warn(
    {
      _aws: {
        Timestamp: deps.now().getTime(),
        CloudWatchMetrics: [
          {
            Namespace: 'Reelscribe',
            Dimensions: [[]],
            Metrics: [{ Name: 'JobQueueBlocked', Unit: 'Count' }],
          },
        ],
      },
      JobQueueBlocked: 1,
      jobQueue: blocked.jobQueue,
      jobId: blocked.jobName,
      statusReason: blocked.statusReason,
    },
    'job queue blocked',
  );
}
