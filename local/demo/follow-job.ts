import { setTimeout as delay } from 'node:timers/promises';
import type { JobView } from '#contracts/api.ts';
import { isFinal } from '#contracts/job-record.ts';
import type { Progress, WebhookEvent } from '#contracts/webhook-events.ts';
import type { ApiClient } from '../api-client.ts';
import type { WebhookReceiver } from '../webhook-receiver.ts';
import type { Terminal } from './terminal.ts';

const STATUS_POLL_MS = 1_000;
/** A job's last event is in the queue when its record says that it has ended. */
const LAST_WEBHOOK_GRACE_MS = 30_000;

export type FollowedJob = { job: JobView; lastEvent: WebhookEvent };

/**
 * Shows what the webhooks tell of a job until they tell of its end.
 *
 * @throws Error where the job has ended and no webhook says so
 */
export async function followJob(
  jobId: string,
  deps: { api: ApiClient; receiver: WebhookReceiver; terminal: Terminal },
): Promise<FollowedJob> {
  const told = showEvents(deps.receiver.eventsOf(jobId), deps.terminal);
  const silent = new AbortController();
  const ended = untilEnded(jobId, deps.api, silent.signal).then(async () => {
    await delay(LAST_WEBHOOK_GRACE_MS, undefined, { signal: silent.signal });
    throw new Error('the job has ended, and its last webhook did not come');
  });
  ended.catch(() => undefined);
  try {
    const lastEvent = await Promise.race([told, ended]);
    return { job: await deps.api.getJob(jobId), lastEvent };
  } finally {
    silent.abort();
  }
}

async function showEvents(
  events: AsyncIterable<WebhookEvent>,
  terminal: Terminal,
): Promise<WebhookEvent> {
  let last: WebhookEvent | undefined;
  let sequence = 0;
  for await (const event of events) {
    last = event;
    if (event.type === 'job.queued') {
      terminal.status('queued');
    } else if (event.type === 'job.running') {
      terminal.status(event.data.attempt === 1 ? 'starting' : `attempt ${event.data.attempt}`);
    } else if (event.type === 'job.progress' && event.data.progress.sequence > sequence) {
      // Webhooks may overtake each other; progress only goes forward.
      sequence = event.data.progress.sequence;
      terminal.status(describeProgress(event.data.progress));
    }
  }
  if (last === undefined) {
    throw new Error('the webhook receiver was stopped');
  }
  return last;
}

async function untilEnded(jobId: string, api: ApiClient, signal: AbortSignal): Promise<void> {
  while (!isFinal((await api.getJob(jobId)).status)) {
    await delay(STATUS_POLL_MS, undefined, { signal });
  }
}

/** `transcribe  63 %  4.2× real time` */
export function describeProgress({ stage, fraction, realTimeFactor }: Progress): string {
  const speed = realTimeFactor === undefined ? '' : `  ${realTimeFactor.toFixed(1)}× real time`;
  return `${stage.padEnd(10)}  ${String(Math.floor(100 * fraction)).padStart(3)} %${speed}`;
}
