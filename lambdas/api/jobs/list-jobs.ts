import type { JobRecord, JobStatus } from '#contracts/job-record.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** Pages of the store read for one page of a filtered list, so that a rare status cannot hold a request for ever. */
const MAX_READS = 10;

export type ListQuery = {
  status?: JobStatus | undefined;
  limit: number;
  cursor?: string | undefined;
};

/**
 * A caller's jobs, newest first. The store filters after it has counted, so
 * several of its pages can make one of ours. Where they are still too few, the
 * cursor leads on.
 */
export async function listJobs(
  deps: Pick<ApiDependencies, 'store'>,
  tenant: string,
  query: ListQuery,
): Promise<{ jobs: JobRecord[]; cursor?: string }> {
  const jobs: JobRecord[] = [];
  let cursor = query.cursor;
  for (let reads = 0; reads < MAX_READS && jobs.length < query.limit; reads += 1) {
    const page = await deps.store.list(tenant, {
      status: query.status,
      limit: query.limit,
      cursor,
    });
    jobs.push(...page.jobs);
    cursor = page.cursor;
    if (cursor === undefined) {
      break;
    }
  }
  const kept = jobs.slice(0, query.limit);
  // A cursor is the id of a job, so a page may be cut wherever it is full.
  const next = kept.length < jobs.length ? kept.at(-1)?.jobId : cursor;
  return next === undefined ? { jobs: kept } : { jobs: kept, cursor: next };
}
