import type { Logger } from 'pino';
import type { EventOutbox } from '#adapters/event-outbox.ts';
import type { JobStore } from '#adapters/job-store.ts';
import { ReelscribeError, toFailure } from '#contracts/errors.ts';
import {
  attachBatchJob,
  claim,
  failUnstarted,
  releaseClaim,
  takeOverClaim,
} from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { CLAIM_STALE_AFTER_SECONDS } from '#contracts/queue-timing.ts';
import type { MessageOutcome } from '../queue/partial-batch.ts';
import type { BatchJobs } from './batch-jobs.ts';
import { shareIdentifier } from './share-identifier.ts';

export type DispatchDependencies = {
  store: JobStore;
  outbox: EventOutbox;
  batch: BatchJobs;
  log: Logger;
  now: () => Date;
};

/**
 * Hands a queued job to AWS Batch, once, however often and by however many
 * dispatchers its message is handled. The conditional change to SUBMITTED is
 * the claim and comes first, because SubmitJob has no idempotency token. Who
 * finds an old claim without a Batch job looks for the job by name before
 * submitting again.
 */
export async function dispatchJob(
  deps: DispatchDependencies,
  jobId: string,
): Promise<MessageOutcome> {
  const log = deps.log.child({ jobId });
  const record = await deps.store.get(jobId);
  if (record?.status === 'QUEUED') {
    return dispatchQueued({ ...deps, log }, record);
  }
  if (record?.status === 'SUBMITTED' && record.batchJobId === undefined) {
    return resumeClaimed({ ...deps, log }, record);
  }
  log.info({ status: record?.status ?? 'MISSING' }, 'nothing to dispatch');
  return 'done';
}

async function dispatchQueued(
  deps: DispatchDependencies,
  record: JobRecord,
): Promise<MessageOutcome> {
  if (isTooLate(record, deps.now())) {
    return refuseLate(deps, record);
  }
  const claimedAt = deps.now().toISOString();
  const claimed = await deps.store.apply(record.jobId, claim(claimedAt), claimedAt);
  if (claimed === undefined) {
    // Another dispatcher was faster, or the job was canceled. The next delivery sees which.
    return 'retry';
  }
  return submit(deps, claimed, claimedAt);
}

async function resumeClaimed(
  deps: DispatchDependencies,
  record: JobRecord,
): Promise<MessageOutcome> {
  const now = deps.now();
  const { claimedAt: staleClaim, jobId } = record;
  if (staleClaim === undefined || ageSeconds(staleClaim, now) < CLAIM_STALE_AFTER_SECONDS) {
    return 'retry';
  }
  const claimedAt = now.toISOString();
  const claimed = await deps.store.apply(jobId, takeOverClaim(staleClaim, claimedAt), claimedAt);
  if (claimed === undefined) {
    return 'retry';
  }
  const live = await deps.batch.findLive(jobId);
  deps.log.warn({ staleClaim, batchJobId: live }, 'claim taken over');
  if (live !== undefined) {
    return attach(deps, jobId, live);
  }
  return isTooLate(claimed, now) ? refuseLate(deps, claimed) : submit(deps, claimed, claimedAt);
}

async function submit(
  deps: DispatchDependencies,
  record: JobRecord,
  claimedAt: string,
): Promise<MessageOutcome> {
  const { jobId } = record;
  const submission = await deps.batch.submit({
    jobId,
    shareIdentifier: shareIdentifier(record.tenant),
    priority: record.request.priority,
  });
  if (submission.outcome === 'refused') {
    const { throttled, cause } = submission;
    deps.log.warn({ err: cause, throttled }, 'AWS Batch refused the job');
    await deps.store.apply(jobId, releaseClaim(claimedAt), deps.now().toISOString());
    return 'retry';
  }
  return attach(deps, jobId, submission.batchJobId);
}

/** Notes the Batch job, or ends it where the record has no use for it any more. */
async function attach(
  deps: DispatchDependencies,
  jobId: string,
  batchJobId: string,
): Promise<MessageOutcome> {
  const change = attachBatchJob(batchJobId);
  const attached = await deps.store.apply(jobId, change, deps.now().toISOString());
  if (attached !== undefined) {
    deps.log.info({ batchJobId }, 'job submitted');
    return 'done';
  }
  const current = await deps.store.get(jobId);
  if (current?.batchJobId === batchJobId && current.status !== 'CANCELED') {
    // The worker was faster than we and has attached its Batch job itself.
    return 'done';
  }
  deps.log.warn({ batchJobId, status: current?.status ?? 'MISSING' }, 'superfluous Batch job');
  await deps.batch.terminate(batchJobId, 'The job was canceled or runs already');
  return 'done';
}

async function refuseLate(deps: DispatchDependencies, record: JobRecord): Promise<MessageOutcome> {
  const now = deps.now().toISOString();
  const failure = toFailure(new ReelscribeError('DEADLINE_EXCEEDED'));
  const failed = await deps.store.apply(record.jobId, failUnstarted(record, { now, failure }), now);
  if (failed === undefined) {
    return 'retry';
  }
  deps.log.info({ notAfter: record.request.notAfter }, 'job not started before its deadline');
  await deps.outbox.flush(failed);
  return 'done';
}

function isTooLate(record: JobRecord, now: Date): boolean {
  const { notAfter } = record.request;
  return notAfter !== undefined && Date.parse(notAfter) < now.getTime();
}

function ageSeconds(since: string, now: Date): number {
  return (now.getTime() - Date.parse(since)) / 1_000;
}
