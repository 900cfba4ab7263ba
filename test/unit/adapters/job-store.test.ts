import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import {
  attachBatchJob,
  cancel,
  claim,
  fail,
  type JobChange,
  releaseClaim,
  start,
  succeed,
  takeOverClaim,
} from '#contracts/job-changes.ts';
import {
  type Delivery,
  JOB_STATUSES,
  type JobRecord,
  NEXT_STATUSES,
} from '#contracts/job-record.ts';
import type { Progress } from '#contracts/webhook-events.ts';
import { type LoopbackAws, startLoopbackAws } from '../../environment/loopback-aws.ts';
import {
  queuedRecord,
  sampleFailure,
  sampleResult,
  withQueuedEvent,
} from '../../environment/sample-job.ts';

const webhook = { url: 'https://hooks.example.com/' };
const at = (second: number) => `2025-01-15T10:00:${String(second).padStart(2, '0')}.000Z`;
const END = at(50);

let aws: LoopbackAws;
let store: JobStore;
let tables = 0;

beforeAll(async () => {
  aws = await startLoopbackAws();
});
afterAll(() => aws[Symbol.asyncDispose]());
beforeEach(async () => {
  tables += 1;
  store = createJobStore(aws.dynamo, await aws.createJobTable(`jobs-${tables}`));
});

async function add(second = 0, fields: Partial<JobRecord> = {}): Promise<JobRecord> {
  const queued = withQueuedEvent(queuedRecord(new Date(at(second)), { webhook }));
  const record = { ...queued, ...fields };
  expect(await store.create(record)).toBe(true);
  return record;
}

async function read(jobId: string): Promise<JobRecord> {
  const record = await store.get(jobId);
  if (record === undefined) {
    throw new Error(`no record of ${jobId}`);
  }
  return record;
}

const run = { attempt: 1, batchJobId: 'mine', now: END };

/** A change to each status, by somebody who has every right to make it. */
const changeTo: Record<JobRecord['status'], (record: JobRecord) => JobChange> = {
  QUEUED: () => releaseClaim(END),
  SUBMITTED: () => claim(END),
  RUNNING: (record) => start(record, run),
  SUCCEEDED: (record) => succeed(record, { ...run, result: sampleResult() }),
  FAILED: (record) => fail(record, { now: END, failure: sampleFailure }),
  CANCELED: (record) => cancel(record, END),
};

describe('a record', () => {
  it('comes back as it was written', async () => {
    const record = await add();
    expect(await store.get(record.jobId)).toEqual(record);
  });

  it('can be read though a later version has added a field to it', async () => {
    const record = await add();
    await store.remove(record.jobId);
    await store.create(Object.assign({ addedLater: true }, record));
    expect(await store.get(record.jobId)).toEqual(record);
  });

  it('is written once: a second one of the same id changes nothing', async () => {
    const record = await add();
    expect(await store.create({ ...record, tenant: 'other' })).toBe(false);
    expect(await read(record.jobId)).toEqual(record);
  });

  it('is gone after it was removed, and nothing that was late brings it back', async () => {
    const { jobId } = await add();
    await store.remove(jobId);

    expect(await store.get(jobId)).toBeUndefined();
    expect(await store.markEnqueued(jobId, END)).toBeUndefined();
    expect(await store.apply(jobId, claim(END), END)).toBeUndefined();
    expect(await store.clearEvent(jobId, 'evt')).toBeUndefined();
    const delivery: Delivery = { state: 'pending', attempts: [] };
    expect(await store.recordDelivery(jobId, 'evt', delivery, 0)).toBeUndefined();
    expect(await store.get(jobId)).toBeUndefined();
  });
});

describe('a change', () => {
  const moves = JOB_STATUSES.flatMap((from) =>
    JOB_STATUSES.map((to) => [from, to, NEXT_STATUSES[from].includes(to)] as const),
  );

  it.each(moves)('from %s to %s is made: %s', async (from, to, allowed) => {
    // A claim is given back only where it is the one that was read and no Batch job is known.
    const fields: Partial<JobRecord> =
      to === 'QUEUED' ? { status: from, claimedAt: END } : { status: from };
    const record = await add(0, fields);

    const changed = await store.apply(record.jobId, changeTo[to](record), END);

    expect(changed?.status).toBe(allowed ? to : undefined);
    expect(await read(record.jobId)).toEqual(allowed ? changed : record);
  });

  it('writes status, fields and event together and shows the record to the sweeper', async () => {
    const { jobId, ...record } = await add(0, { status: 'SUBMITTED', sweep: undefined });
    const change = start({ jobId, ...record }, run);

    expect(await store.apply(jobId, change, END)).toEqual({
      ...record,
      jobId,
      status: 'RUNNING',
      attempt: 1,
      batchJobId: 'mine',
      startedAt: END,
      updatedAt: END,
      sweep: 'open',
      pendingEvents: { ...record.pendingEvents, [change.event?.id ?? '']: change.event },
    });
  });

  it.each(['start', 'succeed', 'fail', 'attach'] as const)(
    'by the worker of another Batch job changes nothing: %s',
    async (step) => {
      const record = await add(0, {
        status: step === 'start' || step === 'attach' ? 'SUBMITTED' : 'RUNNING',
        batchJobId: 'theirs',
      });
      const change = {
        start: () => start(record, run),
        succeed: () => succeed(record, { ...run, result: sampleResult() }),
        fail: () => fail(record, { now: END, failure: sampleFailure, batchJobId: 'mine' }),
        attach: () => attachBatchJob('mine'),
      }[step]();

      expect(await store.apply(record.jobId, change, END)).toBeUndefined();
      expect(await read(record.jobId)).toEqual(record);
    },
  );

  it('is made by one of ten that try at once', async () => {
    const { jobId } = await add();
    const claims = await Promise.all(
      [...Array(10).keys()].map((second) => store.apply(jobId, claim(at(second)), at(second))),
    );
    const winners = claims.filter((record) => record !== undefined);
    expect(winners).toHaveLength(1);
    expect((await read(jobId)).claimedAt).toBe(winners[0]?.claimedAt);
  });

  it('takes over a claim only while it is the one that was found stale', async () => {
    const { jobId } = await add(0, { status: 'SUBMITTED', claimedAt: at(1) });

    expect(await store.apply(jobId, takeOverClaim(at(0), END), END)).toBeUndefined();
    const taken = await store.apply(jobId, takeOverClaim(at(1), END), END);
    expect(taken?.claimedAt).toBe(END);
    expect(await store.apply(jobId, takeOverClaim(at(1), END), END)).toBeUndefined();
  });

  it('takes no claim whose Batch job is known', async () => {
    const { jobId } = await add(0, { status: 'SUBMITTED', claimedAt: at(1), batchJobId: 'b' });
    expect(await store.apply(jobId, takeOverClaim(at(1), END), END)).toBeUndefined();
    expect(await store.apply(jobId, releaseClaim(at(1)), END)).toBeUndefined();
  });
});

describe('progress', () => {
  const progress: Progress = { stage: 'decode', fraction: 0.5, mediaSeconds: 3, sequence: 2 };

  it('is kept of the attempt that owns the record', async () => {
    const { jobId } = await add(0, { status: 'RUNNING', batchJobId: 'mine' });
    expect((await store.reportProgress(jobId, 'mine', progress))?.progress).toEqual(progress);
    expect(await store.reportProgress(jobId, 'theirs', progress)).toBeUndefined();
  });

  it('tells a worker that its job was canceled', async () => {
    const { jobId } = await add(0, { status: 'CANCELED', batchJobId: 'mine' });
    expect(await store.reportProgress(jobId, 'mine', progress)).toBeUndefined();
  });
});

describe('pending events', () => {
  it('are cleared one by one, each once', async () => {
    const { jobId } = await add();
    const queued = `evt_${jobId}_queued`;
    expect((await store.clearEvent(jobId, queued))?.pendingEvents).toEqual({});
    expect(await store.clearEvent(jobId, queued)).toBeUndefined();
  });

  it('survive each other: a change and a clearing at once lose neither', async () => {
    const record = await add();
    await Promise.all([
      store.clearEvent(record.jobId, `evt_${record.jobId}_queued`),
      store.apply(record.jobId, cancel(record, END), END),
    ]);
    const { pendingEvents } = await read(record.jobId);
    expect(Object.keys(pendingEvents)).toEqual([`evt_${record.jobId}_canceled`]);
  });
});

describe('deliveries', () => {
  const attempt = { at: at(1), outcome: 'failed' as const, durationMs: 5 };

  it('are recorded by who knows the attempts so far', async () => {
    const { jobId } = await add();
    const first: Delivery = { state: 'pending', attempts: [attempt] };
    const second: Delivery = { state: 'delivered', attempts: [attempt, attempt] };

    expect(await store.recordDelivery(jobId, 'evt', first, 0)).toBeDefined();
    expect(await store.recordDelivery(jobId, 'evt', first, 0)).toBeUndefined();
    expect((await store.recordDelivery(jobId, 'evt', second, 1))?.deliveries).toEqual({
      evt: second,
    });
  });

  it('are attempted by one sender at a time, until its lease ends', async () => {
    const { jobId } = await add();
    const lease = (now: number, until: number, known?: Delivery) =>
      store.leaseDelivery(jobId, 'evt', known, { now: at(now), until: at(until) });

    const both = await Promise.all([lease(0, 10), lease(0, 10)]);
    const held = both.filter((record) => record !== undefined);
    expect(held).toHaveLength(1);
    const delivery = held[0]?.deliveries['evt'];
    expect(await lease(9, 20, delivery)).toBeUndefined();
    expect(await lease(10, 20, delivery)).toBeDefined();
  });
});

describe('the list of a tenant', () => {
  it('has its own jobs, newest first, in pages', async () => {
    const [first, second, third] = [await add(1), await add(2), await add(3)];
    await add(4, { tenant: 'tenant-b' });

    const page = await store.list('tenant-a', { limit: 2 });
    expect(page.jobs).toEqual([third, second]);
    expect(page.cursor).toBe(second.jobId);
    const rest = await store.list('tenant-a', { limit: 2, cursor: page.cursor });
    expect(rest).toEqual({ jobs: [first] });
  });

  it('can be of one status', async () => {
    await add(1);
    const failed = await add(2, { status: 'FAILED' });
    const { jobs } = await store.list('tenant-a', { limit: 10, status: 'FAILED' });
    expect(jobs).toEqual([failed]);
  });
});

describe('the unsettled records', () => {
  async function unsettled(before = END): Promise<string[]> {
    const ids: string[] = [];
    for await (const jobId of store.listUnsettled(before)) {
      ids.push(jobId);
    }
    return ids;
  }

  it('are those that nobody has touched lately, oldest first', async () => {
    const [young, old] = [await add(20), await add(10)];
    expect(await unsettled(at(30))).toEqual([old.jobId, young.jobId]);
    expect(await unsettled(at(15))).toEqual([old.jobId]);

    await store.markEnqueued(old.jobId, at(25));
    expect(await unsettled(at(30))).toEqual([young.jobId, old.jobId]);
  });

  it.each([
    ['QUEUED', undefined, false],
    ['SUBMITTED', undefined, false],
    ['SUBMITTED', 'batch-1', true],
    ['RUNNING', 'batch-1', true],
    ['SUCCEEDED', 'batch-1', true],
    ['FAILED', undefined, true],
    ['CANCELED', undefined, true],
  ] as const)(
    'lose a %s record with the Batch job %s and nothing to tell: %s',
    async (status, batchJobId, settles) => {
      const { jobId } = await add(0, { status, batchJobId, pendingEvents: {} });
      await store.settle(jobId);
      expect(await unsettled()).toEqual(settles ? [] : [jobId]);
    },
  );

  it('keep a finished record while an event is pending', async () => {
    const { jobId } = await add(0, { status: 'SUCCEEDED' });
    await store.settle(jobId);
    expect(await unsettled()).toEqual([jobId]);

    await store.clearEvent(jobId, `evt_${jobId}_queued`);
    await store.settle(jobId);
    expect(await unsettled()).toEqual([]);
  });
});
