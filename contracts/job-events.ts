import { cancel, fail, queuedEvent, start, succeed } from './job-changes.ts';
import type { JobRecord } from './job-record.ts';
import type { WebhookEvent } from './webhook-events.ts';

/**
 * The events that a job has had, rebuilt from its record with the ids and
 * timestamps they had when they were first told, oldest first. Of several
 * attempts the last one's `job.running` can be rebuilt; progress cannot.
 */
export function eventsOf(record: JobRecord): WebhookEvent[] {
  return [...queuedEvent(record), runningEvent(record), finalEvent(record)].filter(
    (event) => event !== undefined,
  );
}

function runningEvent(record: JobRecord): WebhookEvent | undefined {
  const { attempt, batchJobId, startedAt } = record;
  return startedAt === undefined || batchJobId === undefined
    ? undefined
    : start(record, { attempt, batchJobId, now: startedAt }).event;
}

function finalEvent(record: JobRecord): WebhookEvent | undefined {
  const { attempt, batchJobId, failure, finishedAt: now, result, status } = record;
  if (now === undefined) {
    return undefined;
  }
  if (status === 'SUCCEEDED' && result !== undefined && batchJobId !== undefined) {
    return succeed(record, { attempt, batchJobId, now, result }).event;
  }
  if (status === 'FAILED' && failure !== undefined) {
    return fail(record, { now, failure }).event;
  }
  return status === 'CANCELED' ? cancel(record, now).event : undefined;
}
