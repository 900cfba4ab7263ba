import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobMessage } from '#contracts/queue-messages.ts';
import { createHandler } from '../../../../lambdas/dispatch/handler.ts';
import { sqsEvent } from '../../../environment/queue-delivery.ts';
import { queuedRecord } from '../../../environment/sample-job.ts';
import { type DispatchBench, startDispatchBench } from './dispatch-bench.ts';

let bench: DispatchBench;
const before = { ...process.env };

beforeAll(async () => {
  bench = await startDispatchBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const dynamo = await bench.aws.dynamo.config.endpoint?.();
  const batch = await bench.batch.client().config.endpoint?.();
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: `http://${dynamo?.hostname}:${dynamo?.port}`,
    AWS_ENDPOINT_URL_BATCH: `http://${batch?.hostname}:${batch?.port}`,
  });
});
afterAll(() => {
  process.env = before;
});

function deployed() {
  return createHandler({
    JOB_TABLE: bench.table,
    WEBHOOK_QUEUE_URL: bench.webhookQueueUrl,
    BATCH_JOB_QUEUE: 'gpu',
    BATCH_JOB_DEFINITION: 'worker',
  });
}

async function jobEvent() {
  const record = queuedRecord(bench.clock.now());
  await bench.store.create(record);
  const message: JobMessage = { version: 1, jobId: record.jobId };
  return { jobId: record.jobId, event: sqsEvent(JSON.stringify(message)) };
}

describe('the dispatch function', () => {
  it('submits a job with the clients that it is deployed with', async () => {
    const { jobId, event } = await jobEvent();
    expect(await deployed()(event)).toEqual({ batchItemFailures: [] });
    expect(bench.batch.live(jobId)).toHaveLength(1);
  });

  it.each(['server-error', 'lost-answer'] as const)(
    'never repeats a SubmitJob by itself when nobody knows what came of it (%s)',
    async (fault) => {
      const { event } = await jobEvent();
      const requests = bench.batch.submitRequests();
      bench.batch.failNext(fault);
      expect((await deployed()(event)).batchItemFailures).toHaveLength(1);
      expect(bench.batch.submitRequests() - requests).toBe(1);
    },
  );

  it('does not start without its settings', () => {
    expect(() => createHandler({ JOB_TABLE: 'jobs' })).toThrow('BATCH_JOB_QUEUE');
  });
});
