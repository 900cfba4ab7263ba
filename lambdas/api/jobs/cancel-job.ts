import { TerminateJobCommand } from '@aws-sdk/client-batch';
import { ReelscribeError } from '#contracts/errors.ts';
import { cancel } from '#contracts/job-changes.ts';
import { isFinal, type JobRecord } from '#contracts/job-record.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findJob, type JobReference } from './find-job.ts';

type CancelDependencies = Pick<ApiDependencies, 'store' | 'outbox' | 'batch' | 'log' | 'now'>;

/** Each lost race means that the job moved on, and it can move on only so often. */
const MAX_TRIES = 5;

/**
 * Cancels a job and stops its run. A job that is being handed to Batch at this
 * moment has no Batch id yet: the dispatcher looks at the record again once it
 * has one, and stops it. Canceling a canceled job stops its run once more.
 *
 * @throws {ReelscribeError} JOB_NOT_FOUND, or JOB_ALREADY_FINISHED where it succeeded or failed.
 */
export async function cancelJob(
  deps: CancelDependencies,
  reference: JobReference,
): Promise<JobRecord> {
  const record = await markCanceled(deps, reference);
  await stopRun(deps, record);
  await deps.outbox.flush(record).catch((err: unknown) => {
    deps.log.error({ err, jobId: record.jobId }, 'events are left to the sweeper');
  });
  return record;
}

async function markCanceled(deps: CancelDependencies, reference: JobReference): Promise<JobRecord> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const record = await findJob(deps, reference);
    if (record.status === 'CANCELED') {
      return record;
    }
    if (isFinal(record.status)) {
      throw new ReelscribeError('JOB_ALREADY_FINISHED', `the job is ${record.status}`);
    }
    const now = deps.now().toISOString();
    const canceled = await deps.store.apply(record.jobId, cancel(record, now), now);
    if (canceled !== undefined) {
      return canceled;
    }
  }
  throw new ReelscribeError('INTERNAL', 'the job kept changing while it was canceled');
}

async function stopRun(deps: CancelDependencies, record: JobRecord): Promise<void> {
  if (record.batchJobId === undefined) {
    return;
  }
  try {
    await deps.batch.send(
      new TerminateJobCommand({ jobId: record.batchJobId, reason: 'Canceled by its caller' }),
    );
  } catch (err) {
    deps.log.error({ err, jobId: record.jobId }, 'canceled, but its Batch job may still run');
  }
}
