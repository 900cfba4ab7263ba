import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobStore } from '#adapters/job-store.ts';
import { cancel, claim, releaseClaim, start } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import { CLAIM_STALE_AFTER_SECONDS } from '#contracts/queue-timing.ts';
import {
  type DispatchDependencies,
  dispatchJob,
} from '../../../../lambdas/dispatch/dispatch-job.ts';
import { queuedRecord } from '../../../environment/sample-job.ts';
import { type DispatchBench, startDispatchBench } from './dispatch-bench.ts';

let bench: DispatchBench;
let deps: DispatchDependencies;

beforeAll(async () => {
  bench = await startDispatchBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(() => {
  deps = bench.dispatcher();
});

async function enqueued(
  request: Partial<JobRequestInput> = {},
  fields: Partial<JobRecord> = {},
): Promise<JobRecord> {
  const record = queuedRecord(bench.clock.now(), request, fields);
  await bench.store.create(record);
  return record;
}

/** A record whose dispatcher died after its claim. */
async function claimed(): Promise<JobRecord> {
  const { jobId } = await enqueued();
  const now = bench.clock.iso();
  return (await bench.store.apply(jobId, claim(now), now))!;
}

/** Runs `act` at the moment when AWS Batch has taken the job and the record does not know it yet. */
function whenSubmitted(act: (batchJobId: string) => Promise<unknown>): DispatchDependencies {
  return {
    ...deps,
    batch: {
      ...deps.batch,
      submit: async (request) => {
        const outcome = await deps.batch.submit(request);
        if (outcome.outcome === 'submitted') {
          await act(outcome.batchJobId);
        }
        return outcome;
      },
    },
  };
}

describe('a queued job', () => {
  it('is submitted under its own name, with its parameter, share and priority', async () => {
    const { jobId } = await enqueued({ priority: 7 });

    expect(await dispatchJob(deps, jobId)).toBe('done');

    const [job] = bench.batch.live(jobId);
    expect(job?.request).toMatchObject({
      jobName: jobId,
      jobQueue: 'gpu',
      jobDefinition: 'worker',
      parameters: { jobId },
      schedulingPriorityOverride: 7,
      shareIdentifier: expect.stringMatching(/^[a-z0-9]{16}$/),
      tags: { 'reelscribe:jobId': jobId },
    });
    expect(await bench.store.get(jobId)).toMatchObject({
      status: 'SUBMITTED',
      batchJobId: job?.jobId,
    });
  });

  it('shares the machines with jobs of its tenant, not of another', async () => {
    const records = await Promise.all([
      enqueued({}, { tenant: 'arn:aws:iam::1:user/a' }),
      enqueued({}, { tenant: 'arn:aws:iam::1:user/a' }),
      enqueued({}, { tenant: 'arn:aws:iam::1:user/b' }),
    ]);
    for (const { jobId } of records) {
      await dispatchJob(deps, jobId);
    }

    const [first, second, other] = records.map(
      ({ jobId }) => bench.batch.live(jobId)[0]?.request['shareIdentifier'],
    );
    expect(first).toBe(second);
    expect(first).not.toBe(other);
  });

  it('fails where its notAfter has passed, tells so, and never reaches AWS Batch', async () => {
    const { jobId } = await enqueued({
      notAfter: new Date(bench.clock.now().getTime() - 1_000).toISOString(),
      webhook: { url: 'https://hooks.example.org/' },
    });

    expect(await dispatchJob(deps, jobId)).toBe('done');

    expect(bench.batch.live(jobId)).toEqual([]);
    expect(await bench.store.get(jobId)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'DEADLINE_EXCEEDED' },
      pendingEvents: {},
    });
    expect(await bench.aws.drain(bench.webhookQueueUrl)).toMatchObject([
      { jobId, event: { type: 'job.failed', id: `evt_${jobId}_failed` } },
    ]);
  });

  it('is not failed for its notAfter where another dispatcher took it in time', async () => {
    const { jobId } = await enqueued({
      notAfter: new Date(bench.clock.now().getTime() - 1).toISOString(),
    });
    const get: JobStore['get'] = async (id) => {
      const seen = await bench.store.get(id);
      await bench.store.apply(id, claim(bench.clock.iso()), bench.clock.iso());
      return seen;
    };

    const store = { ...deps.store, get };
    expect(await dispatchJob({ ...deps, store }, jobId)).toBe('retry');

    expect(await bench.store.get(jobId)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('is submitted where its notAfter is still to come', async () => {
    const { jobId } = await enqueued({
      notAfter: new Date(bench.clock.now().getTime() + 1_000).toISOString(),
    });

    await dispatchJob(deps, jobId);

    expect(bench.batch.live(jobId)).toHaveLength(1);
  });
});

describe('a job that needs no dispatch', () => {
  it('is dropped when it is unknown', async () => {
    const { jobId } = queuedRecord(bench.clock.now());
    expect(await dispatchJob(deps, jobId)).toBe('done');
    expect(bench.batch.live(jobId)).toEqual([]);
  });

  it('is dropped when it was canceled before', async () => {
    const record = await enqueued();
    await bench.store.apply(record.jobId, cancel(record, bench.clock.iso()), bench.clock.iso());

    expect(await dispatchJob(deps, record.jobId)).toBe('done');
    expect(bench.batch.live(record.jobId)).toEqual([]);
  });

  it('is dropped when it is with AWS Batch already', async () => {
    const { jobId } = await enqueued();
    await dispatchJob(deps, jobId);

    expect(await dispatchJob(deps, jobId)).toBe('done');
    expect(bench.batch.live(jobId)).toHaveLength(1);
  });
});

describe('a job that changes while it is submitted', () => {
  it('has its Batch job ended when it was canceled', async () => {
    const record = await enqueued();
    const canceling = whenSubmitted(() =>
      bench.store.apply(record.jobId, cancel(record, bench.clock.iso()), bench.clock.iso()),
    );

    expect(await dispatchJob(canceling, record.jobId)).toBe('done');

    expect(bench.batch.live(record.jobId)).toEqual([]);
    expect(await bench.store.get(record.jobId)).toMatchObject({ status: 'CANCELED' });
  });

  it('has its Batch job ended when another Batch job owns it', async () => {
    const record = await enqueued();
    const overtaken = whenSubmitted(() =>
      bench.store.apply(
        record.jobId,
        start(record, { attempt: 1, batchJobId: 'another', now: bench.clock.iso() }),
        bench.clock.iso(),
      ),
    );

    await dispatchJob(overtaken, record.jobId);

    expect(bench.batch.live(record.jobId)).toEqual([]);
    expect(await bench.store.get(record.jobId)).toMatchObject({
      status: 'RUNNING',
      batchJobId: 'another',
    });
  });

  it('keeps its Batch job when the worker has started already', async () => {
    const record = await enqueued();
    const started = whenSubmitted((batchJobId) =>
      bench.store.apply(
        record.jobId,
        start(record, { attempt: 1, batchJobId, now: bench.clock.iso() }),
        bench.clock.iso(),
      ),
    );

    expect(await dispatchJob(started, record.jobId)).toBe('done');

    expect(bench.batch.live(record.jobId)).toHaveLength(1);
    expect(await bench.store.get(record.jobId)).toMatchObject({ status: 'RUNNING', attempt: 1 });
  });
});

describe('a claim without a Batch job', () => {
  it('is left alone while its dispatcher may be alive', async () => {
    const { jobId } = await claimed();
    bench.clock.advance(CLAIM_STALE_AFTER_SECONDS - 1);

    expect(await dispatchJob(deps, jobId)).toBe('retry');
    expect(bench.batch.live(jobId)).toEqual([]);
  });

  it('is taken over when it is old, and the job submitted', async () => {
    const { jobId } = await claimed();
    bench.clock.advance(CLAIM_STALE_AFTER_SECONDS);

    expect(await dispatchJob(deps, jobId)).toBe('done');
    expect(bench.batch.live(jobId)).toHaveLength(1);
  });

  it('gets the Batch job that its dispatcher submitted before it died', async () => {
    const { jobId } = await claimed();
    await deps.batch.submit({ jobId, shareIdentifier: 'a', priority: 0 });
    bench.clock.advance(CLAIM_STALE_AFTER_SECONDS);

    expect(await dispatchJob(deps, jobId)).toBe('done');

    const [job, ...others] = bench.batch.live(jobId);
    expect(others).toEqual([]);
    expect(await bench.store.get(jobId)).toMatchObject({ batchJobId: job?.jobId });
  });

  it('is submitted again where the Batch job has ended', async () => {
    const { jobId } = await claimed();
    await deps.batch.submit({ jobId, shareIdentifier: 'a', priority: 0 });
    const ended = bench.batch.live(jobId)[0]!;
    ended.status = 'FAILED';
    bench.clock.advance(CLAIM_STALE_AFTER_SECONDS);

    await dispatchJob(deps, jobId);

    const [job] = bench.batch.live(jobId);
    expect(job?.jobId).not.toBe(ended.jobId);
    expect(await bench.store.get(jobId)).toMatchObject({ batchJobId: job?.jobId });
  });

  it('is taken over by one of two dispatchers', async () => {
    const { jobId } = await claimed();
    bench.clock.advance(CLAIM_STALE_AFTER_SECONDS);

    await Promise.all([dispatchJob(deps, jobId), dispatchJob(bench.dispatcher(), jobId)]);

    expect(bench.batch.live(jobId)).toHaveLength(1);
  });
});

describe('a refusal by AWS Batch', () => {
  it('that is throttling is tried again within the same delivery', async () => {
    const { jobId } = await enqueued();
    bench.batch.failNext('throttled');

    expect(await dispatchJob(deps, jobId)).toBe('done');
    expect(bench.batch.live(jobId)).toHaveLength(1);
  });

  it('that lasts gives the claim back, so that the very next delivery submits', async () => {
    const { jobId } = await enqueued();
    bench.batch.failNext('throttled', 'throttled');

    expect(await dispatchJob(deps, jobId)).toBe('retry');
    expect(await bench.store.get(jobId)).toMatchObject({ status: 'QUEUED' });
    expect(await dispatchJob(deps, jobId)).toBe('done');
    expect(bench.batch.live(jobId)).toHaveLength(1);
  });

  it('for the request itself is not repeated at once', async () => {
    const { jobId } = await enqueued();
    const before = bench.batch.submitRequests();
    bench.batch.failNext('refused');

    expect(await dispatchJob(deps, jobId)).toBe('retry');
    expect(bench.batch.submitRequests() - before).toBe(1);
    expect(await bench.store.get(jobId)).toMatchObject({ status: 'QUEUED' });
  });

  it('does not take back a claim that someone else has taken over', async () => {
    const { jobId, claimedAt } = await claimed();
    bench.clock.advance(CLAIM_STALE_AFTER_SECONDS);
    await dispatchJob(deps, jobId);

    const now = bench.clock.iso();
    expect(await bench.store.apply(jobId, releaseClaim(claimedAt!), now)).toBeUndefined();
  });
});

describe('an answer of AWS Batch that is lost', () => {
  it.each(['lost-answer', 'server-error'] as const)(
    'leaves the claim, and later ends with one Batch job (%s)',
    async (fault) => {
      const { jobId } = await enqueued();
      bench.batch.failNext(fault);
      await expect(dispatchJob(deps, jobId)).rejects.toThrow();
      expect(await bench.store.get(jobId)).toMatchObject({ status: 'SUBMITTED' });

      bench.clock.advance(60);
      expect(await dispatchJob(deps, jobId)).toBe('retry');
      bench.clock.advance(60);
      expect(await dispatchJob(deps, jobId)).toBe('done');

      const [job, ...others] = bench.batch.live(jobId);
      expect(others).toEqual([]);
      expect(await bench.store.get(jobId)).toMatchObject({ batchJobId: job?.jobId });
    },
  );
});
