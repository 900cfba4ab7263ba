import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createDynamoClient, createQueueClient } from '#adapters/aws-clients.ts';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore } from '#adapters/job-store.ts';
import { dispatchEnvironmentSchema } from '#contracts/environment.ts';
import { createBatchClient } from '../aws-clients.ts';
import { createLogger } from '../log/logger.ts';
import { createBatchJobs } from './batch-jobs.ts';
import { handleJobMessages } from './job-messages.ts';

/** Short enough that a lost answer is noticed before the function's own timeout. */
const SUBMIT_CONNECTION_TIMEOUT_MS = 2_000;
const SUBMIT_REQUEST_TIMEOUT_MS = 4_000;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Job queue → AWS Batch. Reports which messages of a batch are to be delivered again. */
export function createHandler(environment: NodeJS.ProcessEnv): Handler {
  const settings = dispatchEnvironmentSchema.parse(environment);
  const store = createJobStore(createDynamoClient(), settings.JOB_TABLE);
  const deps = {
    store,
    outbox: createEventOutbox({
      sqs: createQueueClient(),
      queueUrl: settings.WEBHOOK_QUEUE_URL,
      store,
    }),
    batch: createBatchJobs(
      {
        once: createBatchClient({
          maxAttempts: 1,
          retryMode: 'standard',
          requestHandler: {
            connectionTimeout: SUBMIT_CONNECTION_TIMEOUT_MS,
            requestTimeout: SUBMIT_REQUEST_TIMEOUT_MS,
            throwOnRequestTimeout: true,
          },
        }),
        repeating: createBatchClient(),
      },
      { jobQueue: settings.BATCH_JOB_QUEUE, jobDefinition: settings.BATCH_JOB_DEFINITION },
    ),
    log: createLogger('dispatch'),
    now: () => new Date(),
  };
  return (event) => handleJobMessages(deps, event);
}

let deployed: Handler | undefined;

export const handler: Handler = (event) => {
  deployed ??= createHandler(process.env);
  return deployed(event);
};
