import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

export async function sendMessage(sqs: SQSClient, queueUrl: string, body: unknown): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }));
}

/** Everything that is visible in a queue, as a function gets it. */
export async function receiveAll(sqs: SQSClient, queueUrl: string): Promise<SQSRecord[]> {
  const records: SQSRecord[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) {
      return records;
    }
    records.push(
      ...Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '' }) =>
        sqsRecord(Body, MessageId, ReceiptHandle),
      ),
    );
  }
}

/**
 * Hands every visible message to a function and deletes those that it does not
 * report, as an event source mapping does. Returns how many there were.
 */
export async function deliverVisible(
  sqs: SQSClient,
  queueUrl: string,
  handle: (event: SQSEvent) => Promise<SQSBatchResponse>,
): Promise<number> {
  const records = await receiveAll(sqs, queueUrl);
  const { batchItemFailures } = await handle({ Records: records });
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  await Promise.all(
    records
      .filter(({ messageId }) => !failed.has(messageId))
      .map(({ receiptHandle }) =>
        sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle })),
      ),
  );
  return records.length;
}

export function sqsEvent(...bodies: string[]): SQSEvent {
  return { Records: bodies.map((body, index) => sqsRecord(body, `message-${index}`)) };
}

function sqsRecord(body: string, messageId: string, receiptHandle = 'handle'): SQSRecord {
  return {
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
    awsRegion: 'us-east-1',
  };
}
