import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isFinal, type JobRecord } from '#contracts/job-record.ts';
import type { WebhookMessage } from '#contracts/queue-messages.ts';
import type { WebhookEvent } from '#contracts/webhook-events.ts';
import type { JobStore } from './job-store.ts';

/**
 * Carries events from the record, where a change left them, to the webhook
 * queue. An event is cleared only after the queue has it: a crash in between
 * sends it twice, with the same id, and never loses it.
 */
export type EventOutbox = ReturnType<typeof createEventOutbox>;

export function createEventOutbox(deps: { sqs: SQSClient; queueUrl: string; store: JobStore }) {
  async function send(jobId: string, event: WebhookEvent, replayedAt?: string): Promise<void> {
    const message: WebhookMessage = {
      version: 1,
      jobId,
      event,
      ...(replayedAt === undefined ? {} : { replayedAt }),
    };
    await deps.sqs.send(
      new SendMessageCommand({ QueueUrl: deps.queueUrl, MessageBody: JSON.stringify(message) }),
    );
  }

  return {
    /** Sends one event that is not kept in the record: progress, or a replay. */
    send,

    /** Sends and clears every pending event of the record. */
    async flush(record: JobRecord): Promise<void> {
      for (const event of Object.values(record.pendingEvents)) {
        await send(record.jobId, event);
        await deps.store.clearEvent(record.jobId, event.id);
      }
      if (isFinal(record.status)) {
        await deps.store.settle(record.jobId);
      }
    },
  };
}
