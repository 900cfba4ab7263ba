import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { webhookMessageSchema } from '#contracts/queue-messages.ts';
import { handleEachMessage } from '../queue/partial-batch.ts';
import { deliverEvent, type WebhookDependencies } from './deliver-event.ts';
import { MAX_PUT_BACK_SECONDS } from './schedule.ts';

export type WebhookQueue = { sqs: SQSClient; queueUrl: string };

/**
 * Handles a batch of the webhook queue. A message that waits stays in the queue
 * with a visibility timeout of its own, and is reported as not done.
 */
export function handleWebhookMessages(
  deps: WebhookDependencies,
  queue: WebhookQueue,
  event: SQSEvent,
): Promise<SQSBatchResponse> {
  return handleEachMessage(
    event,
    ({ body, receiptHandle }) =>
      deliverEvent(deps, webhookMessageSchema.parse(JSON.parse(body)), (seconds) =>
        hide(queue, receiptHandle, seconds),
      ),
    deps.log,
  );
}

async function hide(queue: WebhookQueue, receiptHandle: string, seconds: number): Promise<void> {
  await queue.sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queue.queueUrl,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: Math.min(Math.ceil(seconds), MAX_PUT_BACK_SECONDS),
    }),
  );
}
