import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { queuedEvent } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobRequest } from '#contracts/job-request.ts';
import type { JobMessage } from '#contracts/queue-messages.ts';
import type { ApiDependencies } from '../dependencies.ts';

export type CreateDependencies = Pick<
  ApiDependencies,
  'environment' | 'store' | 'outbox' | 'sqs' | 'log' | 'now'
>;

const SECONDS_PER_DAY = 24 * 60 * 60;

/** Writes the job's record; where one with its id is there already, that one stands. */
export async function createRecord(
  deps: CreateDependencies,
  job: { jobId: string; tenant: string; request: JobRequest },
): Promise<JobRecord> {
  const now = deps.now();
  const createdAt = now.toISOString();
  const events = queuedEvent({ ...job, createdAt });
  const record: JobRecord = {
    ...job,
    status: 'QUEUED',
    createdAt,
    updatedAt: createdAt,
    attempt: 0,
    pendingEvents: Object.fromEntries(events.map((event) => [event.id, event])),
    deliveries: {},
    sweep: 'open',
    expiresAt:
      Math.floor(now.getTime() / 1_000) + deps.environment.RETENTION_DAYS * SECONDS_PER_DAY,
  };
  if (await deps.store.create(record)) {
    return record;
  }
  return (await deps.store.get(job.jobId)) ?? record;
}

/**
 * Puts an accepted job into the queue and tells `job.queued`. Does not throw:
 * the record says what is left to do, and the sweeper does it.
 */
export async function enqueue(deps: CreateDependencies, record: JobRecord): Promise<void> {
  const message: JobMessage = { version: 1, jobId: record.jobId };
  try {
    if (record.status === 'QUEUED' && record.enqueuedAt === undefined) {
      await deps.sqs.send(
        new SendMessageCommand({
          QueueUrl: deps.environment.JOB_QUEUE_URL,
          MessageBody: JSON.stringify(message),
        }),
      );
      await deps.store.markEnqueued(record.jobId, deps.now().toISOString());
    }
    await deps.outbox.flush(record);
  } catch (err) {
    deps.log.error({ err, jobId: record.jobId }, 'job accepted, the rest is left to the sweeper');
  }
}
