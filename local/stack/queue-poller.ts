import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { LOCAL_REGION } from '../emulators/account.ts';

/** SQS hands out at most this many messages at a time. */
const MAX_RECEIVED = 10;
const LONG_POLL_SECONDS = 20;
/** A queue that cannot be read is asked again after this long. */
const PAUSE_AFTER_FAILURE_MS = 1_000;

const batchResponseSchema = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).default([]),
});

export type QueuePollerOptions = {
  sqs: SQSClient;
  queueUrl: string;
  queueArn: string;
  batchSize: number;
  /** Whether the mapping has the function response type `ReportBatchItemFailures`. */
  reportsItemFailures: boolean;
  /** Batches that may be with the function at once. */
  concurrency: number;
  invoke: (event: { Records: SQSRecord[] }) => Promise<unknown>;
  onError: (error: unknown) => void;
};

/**
 * An event source mapping: reads a queue, hands batches to a function and
 * deletes what was done. What failed becomes visible again by itself.
 */
export function startQueuePoller(options: QueuePollerOptions): AsyncDisposable {
  const stopping = new AbortController();
  const polls = Array.from({ length: options.concurrency }, () => poll(options, stopping.signal));
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await Promise.all(polls);
    },
  };
}

async function poll(options: QueuePollerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const messages = await receive(options, signal);
      if (messages.length > 0) {
        await handleBatch(options, messages);
      }
    } catch (error) {
      if (!signal.aborted) {
        options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
    }
  }
}

async function receive(options: QueuePollerOptions, signal: AbortSignal): Promise<Message[]> {
  const { Messages = [] } = await options.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: options.queueUrl,
      MaxNumberOfMessages: Math.min(options.batchSize, MAX_RECEIVED),
      WaitTimeSeconds: LONG_POLL_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    { abortSignal: signal },
  );
  return Messages;
}

async function handleBatch(options: QueuePollerOptions, messages: Message[]): Promise<void> {
  let done = messages;
  try {
    const response = await options.invoke({
      Records: messages.map((message) => toRecord(message, options.queueArn)),
    });
    if (options.reportsItemFailures) {
      done = succeeded(messages, response);
    }
  } catch (error) {
    options.onError(error);
    return;
  }
  if (done.length > 0) {
    await options.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: options.queueUrl,
        Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }
}

/**
 * The messages that a function did not report as failed. As in Lambda, a
 * response that makes no sense, or names a message that was not in the batch,
 * fails the whole batch:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
function succeeded(messages: readonly Message[], response: unknown): Message[] {
  const parsed = batchResponseSchema.safeParse(response ?? {});
  if (!parsed.success) {
    return [];
  }
  const failed = new Set(parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(messages.map(({ MessageId }) => MessageId));
  if (![...failed].every((id) => known.has(id))) {
    return [];
  }
  return messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
}

function toRecord(message: Message, queueArn: string): SQSRecord {
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: message.Attributes as SQSRecord['attributes'],
    messageAttributes: {},
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: LOCAL_REGION,
  };
}
