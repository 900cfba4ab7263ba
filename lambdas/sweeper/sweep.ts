import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { EventOutbox } from '#adapters/event-outbox.ts';
import type { JobStore } from '#adapters/job-store.ts';
import { ReelscribeError, toFailure } from '#contracts/errors.ts';
import { failUnstarted } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobMessage } from '#contracts/queue-messages.ts';
import {
  CLAIM_STALE_AFTER_SECONDS,
  HAND_OVER_LIMIT_SECONDS,
  RESEND_AFTER_SECONDS,
  SWEEP_GRACE_SECONDS,
} from '#contracts/queue-timing.ts';

/** One run looks at so many records and leaves the rest, which have changed later, to the next. */
const MAX_RECORDS_PER_RUN = 1_000;
const CONCURRENCY = 10;

export type SweepDependencies = {
  store: JobStore;
  outbox: EventOutbox;
  sqs: SQSClient;
  jobQueueUrl: string;
  log: Logger;
  now: () => Date;
  maxRecordsPerRun?: number;
};

type Action = 'resend' | 'abandon' | 'settle' | 'wait';

/** What one run did; `failed` are records that it could not help. */
export type SweepReport = { looked: number; failed: number } & Record<Action, number>;

/**
 * Finishes what crashes left half done: sends events that stayed in their
 * records, and job messages of which nothing came. Every record that it helps
 * changes or leaves the sweep index, so that none can keep others from being
 * seen. Runs may overlap: a message sent twice is handled once.
 */
export async function sweep(deps: SweepDependencies): Promise<SweepReport> {
  const report: SweepReport = { looked: 0, failed: 0, resend: 0, abandon: 0, settle: 0, wait: 0 };
  const before = secondsAgo(deps.now(), SWEEP_GRACE_SECONDS).toISOString();
  const limit = pLimit(CONCURRENCY);
  const visits: Promise<void>[] = [];

  for await (const jobId of deps.store.listUnsettled(before)) {
    if (visits.length === (deps.maxRecordsPerRun ?? MAX_RECORDS_PER_RUN)) {
      deps.log.warn({ looked: visits.length }, 'more records than one run looks at');
      break;
    }
    visits.push(
      limit(async () => {
        report.looked += 1;
        try {
          report[await visit(deps, jobId)] += 1;
        } catch (error) {
          report.failed += 1;
          deps.log.error({ err: error, jobId }, 'record not swept');
        }
      }),
    );
  }
  await Promise.all(visits);
  deps.log.info(report, 'swept');
  return report;
}

async function visit(deps: SweepDependencies, jobId: string): Promise<Action> {
  const record = await deps.store.get(jobId);
  if (record === undefined) {
    return 'wait';
  }
  await deps.outbox.flush(record);
  const action = actionFor(record, deps.now());
  if (action === 'resend') {
    await resend(deps, jobId);
  } else if (action === 'abandon') {
    await abandon(deps, record);
  } else if (action === 'settle') {
    await deps.store.settle(jobId);
  }
  return action;
}

/** What a record needs besides having its events sent. */
export function actionFor(record: JobRecord, now: Date): Action {
  const waitsForDispatch =
    record.status === 'QUEUED' ||
    (record.status === 'SUBMITTED' && record.batchJobId === undefined);
  if (!waitsForDispatch) {
    return 'settle';
  }
  const claimMayLive =
    record.status === 'SUBMITTED' && !isOlder(record.claimedAt, CLAIM_STALE_AFTER_SECONDS, now);
  if (claimMayLive) {
    return 'wait';
  }
  if (isOlder(record.createdAt, HAND_OVER_LIMIT_SECONDS, now)) {
    return 'abandon';
  }
  const messageMayLive = !isOlder(record.enqueuedAt, RESEND_AFTER_SECONDS, now);
  return messageMayLive ? 'wait' : 'resend';
}

async function resend(deps: SweepDependencies, jobId: string): Promise<void> {
  const message: JobMessage = { version: 1, jobId };
  await deps.sqs.send(
    new SendMessageCommand({ QueueUrl: deps.jobQueueUrl, MessageBody: JSON.stringify(message) }),
  );
  await deps.store.markEnqueued(jobId, deps.now().toISOString());
  deps.log.warn({ jobId }, 'job message sent again');
}

async function abandon(deps: SweepDependencies, record: JobRecord): Promise<void> {
  const now = deps.now().toISOString();
  const failure = toFailure(
    new ReelscribeError('INTERNAL', 'The job could not be handed to AWS Batch within a day'),
  );
  const failed = await deps.store.apply(record.jobId, failUnstarted(record, { now, failure }), now);
  if (failed !== undefined) {
    deps.log.error({ jobId: record.jobId }, 'job never reached AWS Batch');
    await deps.outbox.flush(failed);
  }
}

/** True where it never happened, too. */
function isOlder(since: string | undefined, seconds: number, now: Date): boolean {
  return since === undefined || Date.parse(since) < secondsAgo(now, seconds).getTime();
}

function secondsAgo(now: Date, seconds: number): Date {
  return new Date(now.getTime() - seconds * 1_000);
}
