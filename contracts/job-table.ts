/**
 * The one table: key attribute and indexes, as the CDK app makes them and the
 * store reads them. Items are `job#<jobId>` and `idempotency#<hash>`.
 */
export const JOB_TABLE_KEY = 'id';

/** Jobs of a tenant, newest last (ULIDs sort by time). */
export const TENANT_INDEX = { name: 'byTenant', partitionKey: 'tenant', sortKey: 'jobId' } as const;

/** Sparse: only records with the attribute `sweep` are in it. */
export const SWEEP_INDEX = {
  name: 'bySweep',
  partitionKey: 'sweep',
  sortKey: 'updatedAt',
} as const;

export const TTL_ATTRIBUTE = 'expiresAt';

export function jobItemKey(jobId: string): { id: string } {
  return { id: `job#${jobId}` };
}

/** The id of the job whose item this is; the inverse of `jobItemKey`. */
export function jobIdOfItem(item: Record<string, unknown>): string {
  return String(item[JOB_TABLE_KEY]).replace(/^job#/, '');
}

export function idempotencyItemKey(hash: string): { id: string } {
  return { id: `idempotency#${hash}` };
}
