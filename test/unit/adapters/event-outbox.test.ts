import type { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import { cancel } from '#contracts/job-changes.ts';
import { SWEEP_INDEX } from '#contracts/job-table.ts';
import { webhookMessageSchema } from '#contracts/queue-messages.ts';
import { type LoopbackAws, startLoopbackAws } from '../../environment/loopback-aws.ts';
import { createManualClock } from '../../environment/manual-clock.ts';
import { queuedRecord, withQueuedEvent } from '../../environment/sample-job.ts';

const clock = createManualClock();

let aws: LoopbackAws;
let store: JobStore;
let queueUrl: string;

beforeAll(async () => {
  aws = await startLoopbackAws();
  store = createJobStore(aws.dynamo, await aws.createJobTable('jobs'));
  queueUrl = await aws.createQueue('webhooks');
});
afterAll(() => aws[Symbol.asyncDispose]());

async function recordWithEvent() {
  const record = withQueuedEvent(
    queuedRecord(clock.now(), { webhook: { url: 'https://hooks.example.org/' } }),
  );
  await store.create(record);
  return record;
}

/** A queue that takes nothing. */
const brokenSqs = {
  send: () => Promise.reject(new Error('SQS is away')),
} as unknown as SQSClient;

describe('the event outbox', () => {
  it('sends what a record holds, in the form that the webhook queue takes, and clears it', async () => {
    const record = await recordWithEvent();

    await createEventOutbox({ sqs: aws.sqs, queueUrl, store }).flush(record);

    const [message, ...others] = await aws.drain(queueUrl);
    expect(others).toEqual([]);
    expect(webhookMessageSchema.parse(message)).toEqual({
      version: 1,
      jobId: record.jobId,
      event: Object.values(record.pendingEvents)[0],
    });
    expect(await store.get(record.jobId)).toMatchObject({ pendingEvents: {} });
  });

  it('keeps an event that the queue did not take', async () => {
    const record = await recordWithEvent();
    await expect(
      createEventOutbox({ sqs: brokenSqs, queueUrl, store }).flush(record),
    ).rejects.toThrow('SQS is away');
    expect(await store.get(record.jobId)).toMatchObject({ pendingEvents: record.pendingEvents });
  });

  it('may send an event twice, with the same id, but never fails for it', async () => {
    const record = await recordWithEvent();
    const outbox = createEventOutbox({ sqs: aws.sqs, queueUrl, store });
    await outbox.flush(record);
    await outbox.flush(record);
    const ids = (await aws.drain(queueUrl)).map(
      (body) => webhookMessageSchema.parse(body).event.id,
    );
    expect(ids).toEqual(Array(2).fill(`evt_${record.jobId}_queued`));
  });

  it('takes a finished record out of the sweep index, an open one not', async () => {
    const record = await recordWithEvent();
    const outbox = createEventOutbox({ sqs: aws.sqs, queueUrl, store });
    await outbox.flush(record);
    expect(await store.get(record.jobId)).toHaveProperty(SWEEP_INDEX.partitionKey);

    const open = (await store.get(record.jobId))!;
    const canceled = (await store.apply(record.jobId, cancel(open, clock.iso()), clock.iso()))!;
    await outbox.flush(canceled);
    expect(await store.get(record.jobId)).not.toHaveProperty(SWEEP_INDEX.partitionKey);
    await aws.drain(queueUrl);
  });

  it('marks a message that was asked for again with the time of the request', async () => {
    const record = await recordWithEvent();
    const [event] = Object.values(record.pendingEvents);
    const outbox = createEventOutbox({ sqs: aws.sqs, queueUrl, store });
    await outbox.send(record.jobId, event!, clock.iso());
    expect(await aws.drain(queueUrl)).toMatchObject([{ event, replayedAt: clock.iso() }]);
  });
});
