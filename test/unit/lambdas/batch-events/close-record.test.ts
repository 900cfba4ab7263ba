import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import { attachBatchJob, cancel, claim, start } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import {
  type BatchEventsDependencies,
  handleBatchEvent,
} from '../../../../lambdas/batch-events/close-record.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { createManualClock } from '../../../environment/manual-clock.ts';
import { queuedRecord } from '../../../environment/sample-job.ts';
import { createTestLog } from '../../../environment/test-log.ts';

const clock = createManualClock();
const OWN = 'batch-job-1';
const OTHER = 'batch-job-2';

let aws: LoopbackAws;
let store: JobStore;
let queueUrl: string;
let deps: BatchEventsDependencies;
let lines: () => Record<string, unknown>[];

beforeAll(async () => {
  aws = await startLoopbackAws();
  store = createJobStore(aws.dynamo, await aws.createJobTable('jobs'));
  queueUrl = await aws.createQueue('webhooks');
});
afterAll(() => aws[Symbol.asyncDispose]());
beforeEach(() => {
  const testLog = createTestLog();
  lines = testLog.lines;
  deps = {
    store,
    outbox: createEventOutbox({ sqs: aws.sqs, queueUrl, store }),
    log: testLog.log,
    now: clock.now,
  };
});

function stateChange(jobName: string, detail: object): object {
  return {
    version: '0',
    id: '5c1e4c5e-0000-0000-0000-000000000000',
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    resources: [],
    detail: {
      jobName,
      jobId: OWN,
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { exitCode: 139, image: 'reelscribe', logStreamName: 'x' },
      attempts: [],
      somethingNew: { of: 'next year' },
      ...detail,
    },
  };
}

async function queued(): Promise<JobRecord> {
  const record = queuedRecord(clock.now(), { webhook: { url: 'https://hooks.example.org/' } });
  await store.create(record);
  return record;
}

async function claimed(): Promise<JobRecord> {
  const { jobId } = await queued();
  return (await store.apply(jobId, claim(clock.iso()), clock.iso()))!;
}

async function running(): Promise<JobRecord> {
  const record = await claimed();
  await store.apply(record.jobId, attachBatchJob(OWN), clock.iso());
  const change = start(record, { attempt: 1, batchJobId: OWN, now: clock.iso() });
  const started = (await store.apply(record.jobId, change, clock.iso()))!;
  await deps.outbox.flush(started);
  await aws.drain(queueUrl);
  return started;
}

describe('a Batch job that failed', () => {
  it('closes a running record, and tells so', async () => {
    const { jobId } = await running();

    await handleBatchEvent(deps, stateChange(jobId, {}));

    expect(await store.get(jobId)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'WORKER_CRASHED' },
      finishedAt: clock.iso(),
      pendingEvents: {},
    });
    expect(await aws.drain(queueUrl)).toMatchObject([{ event: { type: 'job.failed' } }]);
  });

  it('closes a claimed record that does not know its Batch job yet', async () => {
    const { jobId } = await claimed();
    await handleBatchEvent(deps, stateChange(jobId, {}));
    expect(await store.get(jobId)).toMatchObject({ status: 'FAILED' });
  });

  it('leaves a queued record for its next dispatch', async () => {
    const { jobId } = await queued();
    await handleBatchEvent(deps, stateChange(jobId, {}));
    expect(await store.get(jobId)).toMatchObject({ status: 'QUEUED' });
  });

  it('changes nothing where another Batch job owns the record', async () => {
    const { jobId } = await running();
    await handleBatchEvent(deps, stateChange(jobId, { jobId: OTHER }));
    expect(await store.get(jobId)).toMatchObject({ status: 'RUNNING' });
  });

  it('changes nothing of a canceled record', async () => {
    const record = await running();
    await store.apply(record.jobId, cancel(record, clock.iso()), clock.iso());
    await handleBatchEvent(deps, stateChange(record.jobId, {}));
    expect(await store.get(record.jobId)).toMatchObject({ status: 'CANCELED' });
  });

  it('is told once, though its event comes twice', async () => {
    const { jobId } = await running();
    await handleBatchEvent(deps, stateChange(jobId, {}));
    await handleBatchEvent(deps, stateChange(jobId, {}));
    expect(await aws.drain(queueUrl)).toHaveLength(1);
  });

  it('sends an event that an earlier delivery left in the record', async () => {
    const record = await running();
    await store.apply(record.jobId, cancel(record, clock.iso()), clock.iso());
    await handleBatchEvent(deps, stateChange(record.jobId, {}));
    expect(await aws.drain(queueUrl)).toMatchObject([{ event: { type: 'job.canceled' } }]);
  });

  it.each([
    ['that is not ours', 'nightly-report'],
    ['whose record is gone', queuedRecord(clock.now()).jobId],
  ])('is let be when it has a name %s', async (_, jobName) => {
    await handleBatchEvent(deps, stateChange(jobName, {}));
    expect(await aws.drain(queueUrl)).toEqual([]);
  });
});

describe('a Batch job that succeeded', () => {
  it('closes a record that has no result as failed', async () => {
    const { jobId } = await running();
    await handleBatchEvent(deps, stateChange(jobId, { status: 'SUCCEEDED' }));
    expect(await store.get(jobId)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'WORKER_CRASHED' },
    });
  });
});

describe('other events', () => {
  it('of a blocked queue become a warning and a metric', async () => {
    await handleBatchEvent(deps, {
      'detail-type': 'Batch Job Queue Blocked',
      detail: {
        jobQueue: 'arn:aws:batch:us-east-1:1:job-queue/gpu',
        statusReason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfil',
        status: 'RUNNABLE',
      },
    });
    expect(lines()).toMatchObject([
      {
        level: 'warn',
        JobQueueBlocked: 1,
        _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'JobQueueBlocked' }] }] },
        statusReason: expect.stringContaining('CAPACITY'),
      },
    ]);
  });

  it('are refused where they are none of AWS Batch', async () => {
    await expect(handleBatchEvent(deps, { 'detail-type': 'Scheduled Event' })).rejects.toThrow();
  });
});
