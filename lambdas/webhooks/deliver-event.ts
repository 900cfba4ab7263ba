import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { JobStore } from '#adapters/job-store.ts';
import type { Delivery, DeliveryAttempt, JobRecord } from '#contracts/job-record.ts';
import type { WebhookMessage } from '#contracts/queue-messages.ts';
import { WEBHOOK_FUNCTION_TIMEOUT_SECONDS } from '#contracts/queue-timing.ts';
import type { MessageOutcome } from '../queue/partial-batch.ts';
import { isReceiverGone, nextStep, withAttempt } from './delivery-log.ts';
import { type PostDependencies, postEvent } from './post-event.ts';
import { delayAfter, pauseAfter } from './schedule.ts';
import type { TenantSecrets } from './tenant-secrets.ts';

/** As long as the function can be at work on an attempt. */
const LEASE_SECONDS = WEBHOOK_FUNCTION_TIMEOUT_SECONDS;

const PROGRESS_REPETITION_DELAY_MS = 500;

export type WebhookDependencies = PostDependencies & {
  store: JobStore;
  secrets: TenantSecrets;
  log: Logger;
  /** 0 to 1. */
  random: () => number;
};

/** Hides the message that is being handled for so many seconds. */
export type PutBack = (seconds: number) => Promise<void>;

/**
 * Does with one message what is due: tells the webhook, puts the message back
 * until the next attempt, or lets it go because the event was delivered or
 * given up. The attempts are counted in the record, since a queue's receive
 * count knows nothing of replays, early deliveries and our own failures.
 */
export async function deliverEvent(
  deps: WebhookDependencies,
  message: WebhookMessage,
  putBack: PutBack,
): Promise<MessageOutcome> {
  const { event, jobId, replayedAt } = message;
  const log = deps.log.child({ jobId, eventId: event.id });
  const record = await deps.store.get(jobId);
  const url = record?.request.webhook?.url;
  if (record === undefined || url === undefined) {
    log.info('the job is gone, or has no webhook');
    return 'done';
  }
  const isGone = replayedAt === undefined && isReceiverGone(record.deliveries);
  if (event.type === 'job.progress') {
    return isGone ? 'done' : tellProgress({ ...deps, log }, record, url, message);
  }
  const next = nextStep(record.deliveries[event.id], replayedAt, deps.now());
  if (next.step === 'settled') {
    return 'done';
  }
  if (next.step === 'wait') {
    await putBack(next.seconds);
    return 'retry';
  }
  if (isGone) {
    await giveUp(deps, record, event.id);
    log.info('not told: the receiver is gone');
    return 'done';
  }

  const secret = await deps.secrets(record.tenant);
  if (!(await lease(deps, message, record))) {
    // Another copy of the message is being handled; this one comes back to see how that ended.
    await putBack(LEASE_SECONDS);
    return 'retry';
  }
  const posted = await postEvent(deps, url, event, secret);
  const { attempt } = posted;
  const delay = isLast(attempt)
    ? undefined
    : delayAfter(next.attemptsMade + 1, posted.answer, deps.random());
  const nextAttemptAt =
    delay === undefined ? undefined : new Date(deps.now().getTime() + delay * 1_000).toISOString();
  const delivery = await recordAttempt(deps, message, record, attempt, nextAttemptAt);
  log.info({ ...attempt, attempt: next.attemptsMade + 1, state: delivery?.state }, 'webhook told');

  if (delivery?.state === 'given-up') {
    log.warn('webhook given up');
  }
  if (delivery?.state !== 'pending' || delay === undefined) {
    return 'done';
  }
  await putBack(delay);
  return 'retry';
}

/** Keeps copies of the message, which SQS may make, from telling the event at the same time. */
async function lease(
  deps: WebhookDependencies,
  { event, jobId }: WebhookMessage,
  record: JobRecord,
): Promise<boolean> {
  const now = deps.now();
  const until = new Date(now.getTime() + LEASE_SECONDS * 1_000);
  const leased = await deps.store.leaseDelivery(jobId, event.id, record.deliveries[event.id], {
    now: now.toISOString(),
    until: until.toISOString(),
  });
  return leased !== undefined;
}

/**
 * Progress is worth telling only while it is fresh: one attempt and, unless the
 * receiver asks for a pause, one more. The attempts stand in the log alone, since
 * a long job has more of them than a record can hold; but for a 410, after which
 * there are no others.
 */
async function tellProgress(
  deps: WebhookDependencies,
  record: JobRecord,
  url: string,
  message: WebhookMessage,
): Promise<MessageOutcome> {
  const secret = await deps.secrets(record.tenant);
  let posted = await postEvent(deps, url, message.event, secret);
  deps.log.info(posted.attempt, 'progress told');
  if (!isLast(posted.attempt) && pauseAfter(posted.answer) === 0) {
    await sleep(PROGRESS_REPETITION_DELAY_MS);
    posted = await postEvent(deps, url, message.event, secret);
    deps.log.info(posted.attempt, 'progress told again');
  }
  if (posted.attempt.outcome === 'gone') {
    await recordAttempt(deps, message, record, posted.attempt, undefined);
  }
  return 'done';
}

/** Adds the attempt to what the record knows by now; undefined where the job was deleted meanwhile. */
async function recordAttempt(
  deps: WebhookDependencies,
  { event, jobId, replayedAt }: WebhookMessage,
  read: JobRecord,
  attempt: DeliveryAttempt,
  nextAttemptAt: string | undefined,
): Promise<Delivery | undefined> {
  let record: JobRecord | undefined = read;
  while (record !== undefined) {
    const known: Delivery | undefined = record.deliveries[event.id];
    if (known?.attempts.some(({ at }) => at === attempt.at)) {
      // Our own write, repeated by the SDK because its answer was lost.
      return known;
    }
    const delivery = withAttempt(known, replayedAt, attempt, nextAttemptAt);
    const count = known?.attempts.length ?? 0;
    if ((await deps.store.recordDelivery(jobId, event.id, delivery, count)) !== undefined) {
      return delivery;
    }
    record = await deps.store.get(jobId);
  }
  return undefined;
}

/** Lets an event go that the receiver will not be told; a replay can still tell it. */
async function giveUp(
  deps: WebhookDependencies,
  { deliveries, jobId }: JobRecord,
  eventId: string,
): Promise<void> {
  const attempts = deliveries[eventId]?.attempts ?? [];
  const delivery: Delivery = { state: 'given-up', attempts };
  await deps.store.recordDelivery(jobId, eventId, delivery, attempts.length);
}

function isLast({ outcome }: DeliveryAttempt): boolean {
  return outcome === 'delivered' || outcome === 'gone';
}
