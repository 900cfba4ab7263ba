import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { type S3SqsEmulator, startS3Sqs } from '../../../../local/emulators/s3-sqs.ts';
import { type QueuePollerOptions, startQueuePoller } from '../../../../local/stack/queue-poller.ts';
import { createQueue } from '../../../../local/stack/storage.ts';

let emulator: S3SqsEmulator;
let sqs: SQSClient;
let queueUrl: string;
let poller: AsyncDisposable | undefined;

beforeEach(async () => {
  emulator = await startS3Sqs();
  sqs = new SQSClient({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  await createQueue(sqs, 'jobs', {
    VisibilityTimeout: 1,
    RedrivePolicy: {
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
      maxReceiveCount: 2,
    },
  });
  queueUrl = emulator.queueUrl('jobs');
});

afterEach(async () => {
  await poller?.[Symbol.asyncDispose]();
  poller = undefined;
  sqs.destroy();
  await emulator[Symbol.asyncDispose]();
});

type Invoke = QueuePollerOptions['invoke'];

function start(invoke: Invoke, options: Partial<QueuePollerOptions> = {}): void {
  poller = startQueuePoller({
    sqs,
    queueUrl,
    queueArn: 'arn:aws:sqs:us-east-1:000000000000:jobs',
    batchSize: 10,
    reportsItemFailures: true,
    concurrency: 1,
    invoke,
    onError: () => undefined,
    ...options,
  });
}

async function send(...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
  }
}

async function count(name: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: emulator.queueUrl(name), AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes['ApproximateNumberOfMessages']) +
    Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
  );
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const failuresOf = (records: SQSRecord[], ...bodies: string[]) => ({
  batchItemFailures: records
    .filter(({ body }) => bodies.includes(body))
    .map(({ messageId }) => ({ itemIdentifier: messageId })),
});

describe('a queue poller', () => {
  it('hands over messages as Lambda does and deletes those that were done', async () => {
    const records: SQSRecord[] = [];
    start(async ({ Records }) => {
      records.push(...Records);
      return { batchItemFailures: [] };
    });
    await send('one');
    await until(async () => records.length === 1 && (await count('jobs')) === 0);
    expect(records[0]).toMatchObject({
      body: 'one',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs',
      attributes: { ApproximateReceiveCount: '1' },
    });
  });

  it('leaves only the reported failures in the queue, which come again', async () => {
    await send('good', 'bad');
    const seen: string[] = [];
    start(async ({ Records }) => {
      seen.push(...Records.map(({ body }) => body));
      return seen.length > 2 ? undefined : failuresOf(Records, 'bad');
    });
    await until(async () => (await count('jobs')) === 0);
    expect(seen.toSorted()).toEqual(['bad', 'bad', 'good']);
  });

  it('moves a message that keeps failing to the dead-letter queue', async () => {
    await send('poison');
    start(async ({ Records }) => failuresOf(Records, 'poison'));
    await until(async () => (await count('dead')) === 1);
    expect(await count('jobs')).toBe(0);
  });

  it('deletes nothing of a batch whose function threw', async () => {
    await send('one', 'two');
    let calls = 0;
    start(async () => {
      calls += 1;
      throw new Error('broken');
    });
    await until(() => calls > 0);
    expect(await count('jobs')).toBe(2);
  });

  it('deletes nothing where the response names a message that was not in the batch', async () => {
    await send('one');
    let calls = 0;
    start(async () => {
      calls += 1;
      return { batchItemFailures: [{ itemIdentifier: 'unknown' }] };
    });
    await until(() => calls > 0);
    expect(await count('jobs')).toBe(1);
  });

  it('heeds no reported failures where the mapping does not ask for them', async () => {
    await send('one');
    start(async ({ Records }) => failuresOf(Records, 'one'), { reportsItemFailures: false });
    await until(async () => (await count('jobs')) === 0);
  });

  it('finishes the batch in hand before it stops', async () => {
    await send('one');
    let running = false;
    let finish: (value: unknown) => void = () => undefined;
    start(async () => {
      running = true;
      return await new Promise((resolve) => {
        finish = resolve;
      });
    });
    await until(() => running);
    const stopped = poller?.[Symbol.asyncDispose]();
    poller = undefined;
    finish({ batchItemFailures: [] });
    await stopped;
    expect(await count('jobs')).toBe(0);
  });
});
