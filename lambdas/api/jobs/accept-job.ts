import type { JobRequest } from '#contracts/job-request.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { Refusal } from '../refusal.ts';
import { checkPrerequisites, type PrerequisiteDependencies } from './check-prerequisites.ts';
import { type CreateDependencies, createRecord, enqueue } from './create-job.ts';
import type { KeyClaim } from './idempotency-keys.ts';
import { vetRequest } from './vet-request.ts';

type AcceptDependencies = PrerequisiteDependencies &
  CreateDependencies &
  Pick<ApiDependencies, 'policy' | 'idempotencyKeys' | 'newId'>;

export type AcceptCall = {
  tenant: string;
  /** The parsed body, unchecked. */
  body: unknown;
  /** From the header, unchecked. */
  idempotencyKey?: string | undefined;
};

/** Seconds after which an equal request is likely to find the first one done. */
const RETRY_AFTER_SECONDS = 1;

const ROUTE = 'POST /v1/jobs';

/**
 * Accepts a job, once for each Idempotency-Key.
 *
 * The order makes every crash recoverable. The key's item decides who creates
 * the job and under which id, so that whoever takes over a dead request's key
 * meets its record instead of adding a second one. Once the record is written
 * the job is accepted, whatever fails after that: the sweeper sends what was
 * not sent.
 *
 * @throws {Refusal} where the request cannot become a job.
 */
export async function acceptJob(
  deps: AcceptDependencies,
  call: AcceptCall,
): Promise<{ jobId: string }> {
  const request = vetRequest(call.body, deps.policy);
  if (call.idempotencyKey === undefined) {
    const jobId = deps.newId();
    await checkPrerequisites(deps, call.tenant, request);
    await enqueue(deps, await createRecord(deps, { jobId, tenant: call.tenant, request }));
    return { jobId };
  }
  const claimed = await claimKey(deps, call.tenant, call.idempotencyKey, call.body);
  if ('claim' in claimed) {
    await createUnderClaim(deps, call.tenant, request, claimed.claim);
    return { jobId: claimed.claim.jobId };
  }
  return claimed;
}

async function claimKey(
  deps: AcceptDependencies,
  tenant: string,
  key: string,
  body: unknown,
): Promise<{ claim: KeyClaim } | { jobId: string }> {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Refusal('INVALID_REQUEST', {
      issues: [
        {
          path: 'Idempotency-Key',
          reason: 'INVALID_VALUE',
          message: 'must be 1 to 255 visible ASCII characters',
        },
      ],
    });
  }
  const scope = { tenant, route: ROUTE, key };
  const result = await deps.idempotencyKeys.claim(scope, body, deps.newId(), deps.now());
  switch (result.outcome) {
    case 'claimed':
      return { claim: result.claim };
    case 'done':
      return { jobId: result.jobId };
    case 'other-body':
      throw new Refusal('IDEMPOTENCY_KEY_REUSED');
    case 'in-flight':
      throw new Refusal('IDEMPOTENCY_KEY_IN_FLIGHT', { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

async function createUnderClaim(
  deps: AcceptDependencies,
  tenant: string,
  request: JobRequest,
  claim: KeyClaim,
): Promise<void> {
  const log = deps.log.child({ jobId: claim.jobId });
  let record = claim.takenOver ? await deps.store.get(claim.jobId) : undefined;
  if (record === undefined) {
    await checkOrRelease(deps, tenant, request, claim);
    // Past this point the key is never released: the record may be there even if its write seemed to fail.
    record = await createRecord(deps, { jobId: claim.jobId, tenant, request });
  }
  await deps.idempotencyKeys.complete(claim).catch((err: unknown) => {
    log.warn({ err }, 'idempotency key left in flight');
  });
  await enqueue(deps, record);
}

async function checkOrRelease(
  deps: AcceptDependencies,
  tenant: string,
  request: JobRequest,
  claim: KeyClaim,
): Promise<void> {
  try {
    await checkPrerequisites(deps, tenant, request);
  } catch (error) {
    await deps.idempotencyKeys.release(claim).catch((err: unknown) => {
      deps.log.warn({ err }, 'idempotency key not released');
    });
    throw error;
  }
}
