import type { Failure } from './errors.ts';
import type { JobRecord, JobStatus } from './job-record.ts';
import { NEXT_STATUSES } from './job-record.ts';
import type { JobResult } from './job-result.ts';
import type { EventType } from './webhook-event-types.ts';
import { eventId, type WebhookEvent } from './webhook-events.ts';

/** Fields that a change may write; identity, request and events are not among them. */
type Writable = Omit<
  JobRecord,
  | 'jobId'
  | 'tenant'
  | 'status'
  | 'request'
  | 'createdAt'
  | 'updatedAt'
  | 'pendingEvents'
  | 'deliveries'
>;

/**
 * A change of status as a plain description: the store turns it into one
 * conditional update, so that status, fields and event change together or not
 * at all, and of two writers one loses.
 */
export type JobChange = {
  to: JobStatus;
  /** Statuses from which the change may be made. */
  from: readonly JobStatus[];
  set: Partial<Writable>;
  /** The Batch job that must own the record, or no one; a stale duplicate changes nothing. */
  ownedBy?: string;
  /** The claim that was read: the change is made only where `claimedAt` is still this and no Batch job is known. */
  claimedAt?: string;
  event?: WebhookEvent;
};

/** A dispatcher takes the job, before it asks Batch to run it. Silent. */
export function claim(now: string): JobChange {
  return { to: 'SUBMITTED', from: comingFrom('SUBMITTED'), set: { claimedAt: now } };
}

/** A claim whose dispatcher died before it could note the Batch job is taken over. Silent. */
export function takeOverClaim(staleClaimedAt: string, now: string): JobChange {
  return {
    to: 'SUBMITTED',
    from: ['SUBMITTED'],
    claimedAt: staleClaimedAt,
    set: { claimedAt: now },
  };
}

/**
 * Gives a claim back after AWS Batch refused the job, so that the next delivery
 * of its message need not wait until the claim is stale. Silent.
 */
export function releaseClaim(claimedAt: string): JobChange {
  return { to: 'QUEUED', from: comingFrom('QUEUED'), claimedAt, set: {} };
}

/** The Batch job of a claimed record becomes known, unless its worker was faster. Silent. */
export function attachBatchJob(batchJobId: string): JobChange {
  return { to: 'SUBMITTED', from: ['SUBMITTED'], ownedBy: batchJobId, set: { batchJobId } };
}

/** The worker starts an attempt. */
export function start(
  record: JobRecord,
  run: { attempt: number; batchJobId: string; now: string },
): JobChange {
  return {
    to: 'RUNNING',
    from: comingFrom('RUNNING'),
    ownedBy: run.batchJobId,
    set: { attempt: run.attempt, batchJobId: run.batchJobId, startedAt: run.now },
    ...tell(record, {
      id: eventId(record.jobId, `running_${run.attempt}`),
      type: 'job.running',
      timestamp: run.now,
      data: { ...subject(record), attempt: run.attempt },
    }),
  };
}

/** The worker has published everything, the manifest last. */
export function succeed(
  record: JobRecord,
  run: { attempt: number; batchJobId: string; now: string; result: JobResult },
): JobChange {
  return {
    to: 'SUCCEEDED',
    from: comingFrom('SUCCEEDED'),
    ownedBy: run.batchJobId,
    set: { finishedAt: run.now, result: run.result },
    ...tell(record, {
      id: eventId(record.jobId, 'completed'),
      type: 'job.completed',
      timestamp: run.now,
      data: { ...subject(record), attempt: run.attempt, result: run.result },
    }),
  };
}

/** The job cannot succeed any more, whoever found out. */
export function fail(
  record: JobRecord,
  end: { now: string; failure: Failure; batchJobId?: string },
): JobChange {
  return {
    to: 'FAILED',
    from: comingFrom('FAILED'),
    ...(end.batchJobId === undefined ? {} : { ownedBy: end.batchJobId }),
    set: { finishedAt: end.now, failure: end.failure },
    ...tell(record, {
      id: eventId(record.jobId, 'failed'),
      type: 'job.failed',
      timestamp: end.now,
      data: { ...subject(record), attempt: record.attempt, failure: end.failure },
    }),
  };
}

/**
 * The job came to nothing before it reached AWS Batch. Made only where the
 * record is still as it was read, so that a job that somebody hands over at
 * this moment goes on.
 */
export function failUnstarted(
  record: JobRecord,
  end: { now: string; failure: Failure },
): JobChange {
  return {
    ...fail(record, end),
    from: [record.status],
    ...(record.claimedAt === undefined ? {} : { claimedAt: record.claimedAt }),
  };
}

/** The caller does not want the job any more. */
export function cancel(record: JobRecord, now: string): JobChange {
  return {
    to: 'CANCELED',
    from: comingFrom('CANCELED'),
    set: { finishedAt: now },
    ...tell(record, {
      id: eventId(record.jobId, 'canceled'),
      type: 'job.canceled',
      timestamp: now,
      data: subject(record),
    }),
  };
}

/** The event with which a record begins its life, as its first `pendingEvents`. */
export function queuedEvent(
  record: Pick<JobRecord, 'jobId' | 'request' | 'createdAt'>,
): WebhookEvent[] {
  const { event } = tell(record, {
    id: eventId(record.jobId, 'queued'),
    type: 'job.queued',
    timestamp: record.createdAt,
    data: subject(record),
  });
  return event === undefined ? [] : [event];
}

/** True where the job has a webhook that asked for events of this type. */
export function wantsEvent(record: Pick<JobRecord, 'request'>, type: EventType): boolean {
  return record.request.webhook?.events.includes(type) ?? false;
}

function comingFrom(to: JobStatus): JobStatus[] {
  return (Object.keys(NEXT_STATUSES) as JobStatus[]).filter((from) =>
    NEXT_STATUSES[from].includes(to),
  );
}

function tell(record: Pick<JobRecord, 'request'>, event: WebhookEvent): { event?: WebhookEvent } {
  return wantsEvent(record, event.type) ? { event } : {};
}

function subject(record: Pick<JobRecord, 'jobId' | 'request'>) {
  return { jobId: record.jobId, metadata: record.request.metadata };
}
