import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { handleWebhookMessages } from '../../../../lambdas/webhooks/webhook-messages.ts';
import { sqsEvent } from '../../../environment/queue-delivery.ts';
import { startWebhookBench, type WebhookBench } from './webhook-bench.ts';

let bench: WebhookBench;

beforeAll(async () => {
  bench = await startWebhookBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(() => bench.endpoint.reset());

/** An SQS that takes note of what it is asked. */
function recordingSqs(sent: unknown[]): SQSClient {
  return { send: async (command: unknown) => void sent.push(command) } as unknown as SQSClient;
}

describe('a batch of webhook messages', () => {
  it('reports what is to come again, hidden for whole seconds, and lets go what is done', async () => {
    const delivered = await bench.canceledJob();
    const refused = await bench.canceledJob(`${bench.endpoint.url}?refuse`);
    const sent: unknown[] = [];
    bench.endpoint.answerNext({ status: 200 }, { status: 500 });
    const deps = { ...bench.deps, random: () => 0.5 };
    const queue = { sqs: recordingSqs(sent), queueUrl: 'http://queue' };

    const first = await handleWebhookMessages(
      deps,
      queue,
      sqsEvent(JSON.stringify(delivered.message)),
    );
    const second = await handleWebhookMessages(
      deps,
      queue,
      sqsEvent(JSON.stringify(refused.message)),
    );

    expect(first).toEqual({ batchItemFailures: [] });
    expect(second).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toBeInstanceOf(ChangeMessageVisibilityCommand);
    expect((sent[0] as ChangeMessageVisibilityCommand).input).toEqual({
      QueueUrl: 'http://queue',
      ReceiptHandle: 'handle',
      // 5 s less half of the jitter is 4.5 s.
      VisibilityTimeout: 5,
    });
  });

  it('reports a message that is not ours, and tells nobody', async () => {
    const queue = { sqs: recordingSqs([]), queueUrl: 'http://queue' };
    const event = sqsEvent('{"version":1,"jobId":"x","event":{"type":"job.deleted"}}');
    expect(await handleWebhookMessages(bench.deps, queue, event)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }],
    });
    expect(bench.endpoint.received).toEqual([]);
  });

  it('reports a message whose secret cannot be read, without counting an attempt', async () => {
    const { record, message } = await bench.canceledJob();
    const queue = { sqs: recordingSqs([]), queueUrl: 'http://queue' };
    const secrets = () => Promise.reject(new Error('Secrets Manager is away'));

    const response = await handleWebhookMessages(
      { ...bench.deps, secrets },
      queue,
      sqsEvent(JSON.stringify(message)),
    );

    expect(response.batchItemFailures).toHaveLength(1);
    expect((await bench.store.get(record.jobId))?.deliveries).toEqual({});
  });
});
