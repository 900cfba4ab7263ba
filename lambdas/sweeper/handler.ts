import { createDynamoClient, createQueueClient } from '#adapters/aws-clients.ts';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore } from '#adapters/job-store.ts';
import { sweeperEnvironmentSchema } from '#contracts/environment.ts';
import { createLogger } from '../log/logger.ts';
import { type SweepReport, sweep } from './sweep.ts';

type Handler = () => Promise<SweepReport>;

/** Runs every few minutes, by EventBridge. */
export function createHandler(environment: NodeJS.ProcessEnv): Handler {
  const settings = sweeperEnvironmentSchema.parse(environment);
  const store = createJobStore(createDynamoClient(), settings.JOB_TABLE);
  const sqs = createQueueClient();
  const deps = {
    store,
    sqs,
    outbox: createEventOutbox({ sqs, queueUrl: settings.WEBHOOK_QUEUE_URL, store }),
    jobQueueUrl: settings.JOB_QUEUE_URL,
    log: createLogger('sweeper'),
    now: () => new Date(),
  };
  return () => sweep(deps);
}

let deployed: Handler | undefined;

export const handler: Handler = () => {
  deployed ??= createHandler(process.env);
  return deployed();
};
