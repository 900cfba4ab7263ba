import { createDynamoClient, createQueueClient } from '#adapters/aws-clients.ts';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore } from '#adapters/job-store.ts';
import { batchEventsEnvironmentSchema } from '#contracts/environment.ts';
import { createLogger } from '../log/logger.ts';
import { handleBatchEvent } from './close-record.ts';

type Handler = (event: unknown) => Promise<void>;

/** Events of AWS Batch, by EventBridge → the records of jobs that ended without a word. */
export function createHandler(environment: NodeJS.ProcessEnv): Handler {
  const settings = batchEventsEnvironmentSchema.parse(environment);
  const store = createJobStore(createDynamoClient(), settings.JOB_TABLE);
  const deps = {
    store,
    outbox: createEventOutbox({
      sqs: createQueueClient(),
      queueUrl: settings.WEBHOOK_QUEUE_URL,
      store,
    }),
    log: createLogger('batch-events'),
    now: () => new Date(),
  };
  return (event) => handleBatchEvent(deps, event);
}

let deployed: Handler | undefined;

export const handler: Handler = (event) => {
  deployed ??= createHandler(process.env);
  return deployed(event);
};
