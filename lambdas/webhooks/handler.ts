import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createDynamoClient, createQueueClient } from '#adapters/aws-clients.ts';
import { createGuardedAgent } from '#adapters/guarded-agent.ts';
import { createJobStore } from '#adapters/job-store.ts';
import { webhooksEnvironmentSchema } from '#contracts/environment.ts';
import { WEBHOOK_REQUEST_TIMEOUT_SECONDS } from '#contracts/queue-timing.ts';
import { createSecretsClient } from '../aws-clients.ts';
import { createLogger } from '../log/logger.ts';
import type { WebhookDependencies } from './deliver-event.ts';
import { createTenantSecrets } from './tenant-secrets.ts';
import { handleWebhookMessages } from './webhook-messages.ts';

/** Two repetitions within half a second; what is still refused then waits for the schedule. */
const QUICK_RETRY = { retries: 2, minTimeout: 100, factor: 2, randomize: true };

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Webhook queue → webhooks. Reports which messages of a batch are to be delivered again. */
export function createHandler(environment: NodeJS.ProcessEnv): Handler {
  const settings = webhooksEnvironmentSchema.parse(environment);
  const now = () => new Date();
  const deps: WebhookDependencies = {
    store: createJobStore(createDynamoClient(), settings.JOB_TABLE),
    secrets: createTenantSecrets(createSecretsClient(), settings.WEBHOOK_SECRETS_PREFIX, now),
    agent: createGuardedAgent({ allowLoopback: settings.ALLOW_LOOPBACK_URLS }),
    requestTimeoutMs: WEBHOOK_REQUEST_TIMEOUT_SECONDS * 1_000,
    quickRetry: QUICK_RETRY,
    random: Math.random,
    log: createLogger('webhooks'),
    now,
  };
  const queue = { sqs: createQueueClient(), queueUrl: settings.WEBHOOK_QUEUE_URL };
  return (event) => handleWebhookMessages(deps, queue, event);
}

let deployed: Handler | undefined;

export const handler: Handler = (event) => {
  deployed ??= createHandler(process.env);
  return deployed(event);
};
