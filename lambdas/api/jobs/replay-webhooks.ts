import { ReelscribeError } from '#contracts/errors.ts';
import { eventsOf } from '#contracts/job-events.ts';
import type { WebhookEvent } from '#contracts/webhook-events.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { Refusal } from '../refusal.ts';
import { findJob, type JobReference } from './find-job.ts';

type ReplayDependencies = Pick<ApiDependencies, 'store' | 'outbox' | 'now'>;

/**
 * Sends a job's events to its webhook once more, with their first ids and
 * timestamps, whatever became of them before.
 *
 * @param eventIds The events to send; all of them where it is undefined.
 * @returns The ids of the events sent.
 * @throws {ReelscribeError} JOB_NOT_FOUND, WEBHOOK_NOT_CONFIGURED, or INVALID_REQUEST for an
 *   event that the job has not had.
 */
export async function replayWebhooks(
  deps: ReplayDependencies,
  reference: JobReference,
  eventIds: readonly string[] | undefined,
): Promise<string[]> {
  const record = await findJob(deps, reference);
  if (record.request.webhook === undefined) {
    throw new ReelscribeError('WEBHOOK_NOT_CONFIGURED');
  }
  const events = chooseEvents(eventsOf(record), eventIds);
  const replayedAt = deps.now().toISOString();
  for (const event of events) {
    await deps.outbox.send(record.jobId, event, replayedAt);
  }
  return events.map(({ id }) => id);
}

function chooseEvents(
  events: WebhookEvent[],
  eventIds: readonly string[] | undefined,
): WebhookEvent[] {
  if (eventIds === undefined) {
    return events;
  }
  const known = new Set(events.map(({ id }) => id));
  const issues = eventIds.flatMap((id, index) =>
    known.has(id)
      ? []
      : [
          {
            path: `eventIds.${index}`,
            reason: 'INVALID_VALUE' as const,
            message: 'the job has no such event that can be sent again',
          },
        ],
  );
  if (issues.length > 0) {
    throw new Refusal('INVALID_REQUEST', { issues });
  }
  return events.filter(({ id }) => eventIds.includes(id));
}
