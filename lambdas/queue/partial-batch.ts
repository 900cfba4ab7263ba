import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Logger } from 'pino';

/** `retry` leaves the message in the queue, to be delivered again when its visibility timeout ends. */
export type MessageOutcome = 'done' | 'retry';

/**
 * Handles each message of a batch by itself, all at once, and reports those to
 * be delivered again: one bad message holds no other back. A message whose
 * handling throws is logged and delivered again too, until its queue moves it
 * to the dead-letter queue.
 */
export async function handleEachMessage(
  event: SQSEvent,
  handle: (message: SQSRecord) => Promise<MessageOutcome>,
  log: Logger,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.all(
    event.Records.map(async (message) => {
      try {
        return await handle(message);
      } catch (error) {
        log.error({ err: error, messageId: message.messageId }, 'message not handled');
        return 'retry';
      }
    }),
  );
  return {
    batchItemFailures: event.Records.filter((_, index) => outcomes[index] === 'retry').map(
      ({ messageId }) => ({ itemIdentifier: messageId }),
    ),
  };
}
