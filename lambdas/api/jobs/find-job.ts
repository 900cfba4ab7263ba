import { ReelscribeError } from '#contracts/errors.ts';
import { jobIdSchema } from '#contracts/identifiers.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** A job as one caller may see it. */
export type JobReference = { tenant: string; jobId: string };

/** @throws {ReelscribeError} JOB_NOT_FOUND, for another caller's job as for one that never was. */
export async function findJob(
  deps: Pick<ApiDependencies, 'store'>,
  { tenant, jobId }: JobReference,
): Promise<JobRecord> {
  const record = jobIdSchema.safeParse(jobId).success ? await deps.store.get(jobId) : undefined;
  if (record?.tenant !== tenant) {
    throw new ReelscribeError('JOB_NOT_FOUND');
  }
  return record;
}
