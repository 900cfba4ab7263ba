import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import { attachBatchJob, cancel, claim, start } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { SWEEP_INDEX } from '#contracts/job-table.ts';
import {
  CLAIM_STALE_AFTER_SECONDS,
  HAND_OVER_LIMIT_SECONDS,
  RESEND_AFTER_SECONDS,
  SWEEP_GRACE_SECONDS,
} from '#contracts/queue-timing.ts';
import { actionFor, type SweepDependencies, sweep } from '../../../../lambdas/sweeper/sweep.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { createManualClock, type ManualClock } from '../../../environment/manual-clock.ts';
import { queuedRecord, withQueuedEvent } from '../../../environment/sample-job.ts';
import { createTestLog } from '../../../environment/test-log.ts';

const WITH_WEBHOOK = { webhook: { url: 'https://hooks.example.org/' } };

let aws: LoopbackAws;
let store: JobStore;
let clock: ManualClock;
let jobQueueUrl: string;
let webhookQueueUrl: string;
let deps: SweepDependencies;

// Every test sees an index of its own.
beforeEach(async () => {
  aws = await startLoopbackAws();
  store = createJobStore(aws.dynamo, await aws.createJobTable('jobs'));
  jobQueueUrl = await aws.createQueue('jobs');
  webhookQueueUrl = await aws.createQueue('webhooks');
  clock = createManualClock();
  deps = {
    store,
    sqs: aws.sqs,
    outbox: createEventOutbox({ sqs: aws.sqs, queueUrl: webhookQueueUrl, store }),
    jobQueueUrl,
    log: createTestLog().log,
    now: clock.now,
  };
});
afterEach(() => aws[Symbol.asyncDispose]());

async function created(fields: Partial<JobRecord> = {}): Promise<JobRecord> {
  const record = queuedRecord(clock.now(), WITH_WEBHOOK, fields);
  await store.create(record);
  return record;
}

async function enqueued(): Promise<JobRecord> {
  const { jobId } = await created();
  return (await store.markEnqueued(jobId, clock.iso()))!;
}

async function claimed(): Promise<JobRecord> {
  const { jobId } = await enqueued();
  return (await store.apply(jobId, claim(clock.iso()), clock.iso()))!;
}

async function running(): Promise<JobRecord> {
  const record = await claimed();
  const change = start(record, { attempt: 1, batchJobId: 'b', now: clock.iso() });
  return (await store.apply(record.jobId, change, clock.iso()))!;
}

async function isInSight(jobId: string): Promise<boolean> {
  return (await store.get(jobId))?.[SWEEP_INDEX.partitionKey] === 'open';
}

describe('the sweeper', () => {
  it('leaves alone what has just changed', async () => {
    await created();
    clock.advance(SWEEP_GRACE_SECONDS - 1);
    expect(await sweep(deps)).toMatchObject({ looked: 0 });
  });

  it('sends the message of a job that was never put into the queue', async () => {
    const { jobId } = await created();
    clock.advance(SWEEP_GRACE_SECONDS + 1);

    await sweep(deps);
    await sweep(deps);

    expect(await aws.drain(jobQueueUrl)).toEqual([{ version: 1, jobId }]);
    expect(await store.get(jobId)).toMatchObject({ enqueuedAt: clock.iso() });
  });

  it('sends the message of a queued job again, only after its first one is spent', async () => {
    const { jobId } = await enqueued();
    clock.advance(RESEND_AFTER_SECONDS);
    expect(await sweep(deps)).toMatchObject({ wait: 1, resend: 0 });
    clock.advance(1);
    expect(await sweep(deps)).toMatchObject({ wait: 0, resend: 1 });
    expect(await aws.drain(jobQueueUrl)).toEqual([{ version: 1, jobId }]);
  });

  it('sends the message of a claimed job again, of which nothing came', async () => {
    const { jobId } = await claimed();
    clock.advance(RESEND_AFTER_SECONDS + 1);
    await sweep(deps);
    expect(await aws.drain(jobQueueUrl)).toEqual([{ version: 1, jobId }]);
    expect(await store.get(jobId)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('sends events that stayed in their record', async () => {
    const record = withQueuedEvent(queuedRecord(clock.now(), WITH_WEBHOOK));
    await store.create(record);
    clock.advance(SWEEP_GRACE_SECONDS + 1);

    await sweep(deps);

    expect(await aws.drain(webhookQueueUrl)).toMatchObject([
      { event: { id: `evt_${record.jobId}_queued` } },
    ]);
    expect(await store.get(record.jobId)).toMatchObject({ pendingEvents: {} });
  });

  it('sends the last event of a finished job and lets it out of sight', async () => {
    const record = await created();
    await store.apply(record.jobId, cancel(record, clock.iso()), clock.iso());
    clock.advance(SWEEP_GRACE_SECONDS + 1);

    await sweep(deps);

    expect(await aws.drain(webhookQueueUrl)).toMatchObject([{ event: { type: 'job.canceled' } }]);
    expect(await isInSight(record.jobId)).toBe(false);
  });

  it('fails a job that AWS Batch did not take for a day, and tells so', async () => {
    const { jobId } = await enqueued();
    clock.advance(HAND_OVER_LIMIT_SECONDS + 1);

    await sweep(deps);

    expect(await store.get(jobId)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'INTERNAL' },
    });
    expect(await aws.drain(webhookQueueUrl)).toMatchObject([{ event: { type: 'job.failed' } }]);
    expect(await aws.drain(jobQueueUrl)).toEqual([]);
  });

  it('fails no job that AWS Batch takes at the last moment', async () => {
    const { jobId } = await enqueued();
    clock.advance(HAND_OVER_LIMIT_SECONDS + 1);
    const get: JobStore['get'] = async (id) => {
      const seen = await store.get(id);
      await store.apply(id, claim(clock.iso()), clock.iso());
      return seen;
    };

    await sweep({ ...deps, store: { ...store, get } });

    expect(await store.get(jobId)).toMatchObject({ status: 'SUBMITTED' });
    expect(await aws.drain(webhookQueueUrl)).toEqual([]);
  });

  it.each(['running', 'waiting for a machine'])(
    'lets a job out of sight that is %s, and sees it again when it changes',
    async (what) => {
      const record = await (what === 'running' ? running() : claimed());
      if (what !== 'running') {
        await store.apply(record.jobId, attachBatchJob('b'), clock.iso());
      }
      clock.advance(SWEEP_GRACE_SECONDS + 1);
      expect(await sweep(deps)).toMatchObject({ settle: 1 });
      expect(await isInSight(record.jobId)).toBe(false);
      expect(await sweep(deps)).toMatchObject({ looked: 0 });

      await store.apply(record.jobId, cancel(record, clock.iso()), clock.iso());
      expect(await isInSight(record.jobId)).toBe(true);
    },
  );

  it('is not stopped by a record that it cannot read', async () => {
    await aws.dynamo.send(
      new PutCommand({
        TableName: 'jobs',
        Item: { id: 'job#broken', sweep: 'open', updatedAt: clock.iso(), status: 'SLEEPING' },
      }),
    );
    const { jobId } = await created();
    clock.advance(SWEEP_GRACE_SECONDS + 1);

    expect(await sweep(deps)).toMatchObject({ looked: 2, failed: 1, resend: 1 });
    expect(await aws.drain(jobQueueUrl)).toEqual([{ version: 1, jobId }]);
  });

  it('comes to every record in the end, though one run looks at few', async () => {
    const jobIds: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      jobIds.push((await running()).jobId);
      clock.advance(1);
    }
    jobIds.push((await created()).jobId);
    clock.advance(SWEEP_GRACE_SECONDS + 1);

    const bounded = { ...deps, maxRecordsPerRun: 2 };
    const looked = [await sweep(bounded), await sweep(bounded), await sweep(bounded)].map(
      (report) => report.looked,
    );

    expect(looked).toEqual([2, 2, 2]);
    expect(await aws.drain(jobQueueUrl)).toEqual([{ version: 1, jobId: jobIds.at(-1) }]);
  });
});

describe('what a claimed job needs', () => {
  it('is patience while its dispatcher may be alive, however old its message', () => {
    const now = clock.now();
    const claimedAt = (secondsAgo: number): JobRecord =>
      queuedRecord(now, WITH_WEBHOOK, {
        status: 'SUBMITTED',
        claimedAt: new Date(now.getTime() - secondsAgo * 1_000).toISOString(),
      });
    expect(actionFor(claimedAt(CLAIM_STALE_AFTER_SECONDS - 1), now)).toBe('wait');
    expect(actionFor(claimedAt(CLAIM_STALE_AFTER_SECONDS + 1), now)).toBe('resend');
  });

  it('is patience even after a day, and then an end', () => {
    const record = queuedRecord(clock.now(), WITH_WEBHOOK, { status: 'SUBMITTED' });
    clock.advance(HAND_OVER_LIMIT_SECONDS + 1);
    const claimedJob = { ...record, claimedAt: clock.iso() };
    expect(actionFor(claimedJob, clock.now())).toBe('wait');
    clock.advance(CLAIM_STALE_AFTER_SECONDS + 1);
    expect(actionFor(claimedJob, clock.now())).toBe('abandon');
  });
});
