import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobMessage } from '#contracts/queue-messages.ts';
import { handleJobMessages } from '../../../../lambdas/dispatch/job-messages.ts';
import { sqsEvent } from '../../../environment/queue-delivery.ts';
import { queuedRecord } from '../../../environment/sample-job.ts';
import { type DispatchBench, startDispatchBench } from './dispatch-bench.ts';

let bench: DispatchBench;

beforeAll(async () => {
  bench = await startDispatchBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function jobMessage(): Promise<{ jobId: string; body: string }> {
  const record = queuedRecord(bench.clock.now());
  await bench.store.create(record);
  const message: JobMessage = { version: 1, jobId: record.jobId };
  return { jobId: record.jobId, body: JSON.stringify(message) };
}

describe('a batch of job messages', () => {
  it('submits each job once, and reports no message', async () => {
    const first = await jobMessage();
    const second = await jobMessage();

    const response = await handleJobMessages(bench.dispatcher(), sqsEvent(first.body, second.body));

    expect(response).toEqual({ batchItemFailures: [] });
    expect(bench.batch.live(first.jobId)).toHaveLength(1);
    expect(bench.batch.live(second.jobId)).toHaveLength(1);
  });

  it.each([
    ['is not JSON', '{'],
    ['names no job', '{"version":1}'],
    ['is of an unknown version', '{"version":2,"jobId":"01J9Z3X8M4T6V7W8Y9ABCDEFGH"}'],
    ['has an unknown field', '{"version":1,"jobId":"01J9Z3X8M4T6V7W8Y9ABCDEFGH","run":"rm"}'],
  ])('reports a message that %s, and submits the others', async (_, poison) => {
    const { jobId, body } = await jobMessage();
    const before = bench.batch.submitRequests();

    const response = await handleJobMessages(bench.dispatcher(), sqsEvent(poison, body));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(bench.batch.live(jobId)).toHaveLength(1);
    expect(bench.batch.submitRequests() - before).toBe(1);
  });

  it('submits a job once when its message comes twenty times at once to two dispatchers', async () => {
    const { jobId, body } = await jobMessage();
    const before = bench.batch.submitRequests();
    const dispatchers = [bench.dispatcher(), bench.dispatcher()];

    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        handleJobMessages(dispatchers[index % 2]!, sqsEvent(body)),
      ),
    );

    expect(bench.batch.submitRequests() - before).toBe(1);
    expect(bench.batch.live(jobId)).toHaveLength(1);
    // Who lost the race comes again, finds the job submitted and is done.
    const again = await handleJobMessages(dispatchers[0]!, sqsEvent(body));
    expect(again).toEqual({ batchItemFailures: [] });
    expect(responses.some(({ batchItemFailures }) => batchItemFailures.length === 0)).toBe(true);
  });
});
