import type { BatchClient } from '@aws-sdk/client-batch';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Logger } from 'pino';
import { ulid } from 'ulid';
import { createDynamoClient, createQueueClient, createS3Client } from '#adapters/aws-clients.ts';
import { createEventOutbox, type EventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import type { ApiEnvironment } from '#contracts/environment.ts';
import { createBatchClient, createSecretsClient } from '../aws-clients.ts';
import { createLogger } from '../log/logger.ts';
import { createIdempotencyKeys, type IdempotencyKeys } from './jobs/idempotency-keys.ts';
import type { RequestPolicy } from './jobs/vet-request.ts';
import { createWebhookSecrets, type WebhookSecrets } from './webhooks/webhook-secrets.ts';

/** The services that the API calls. */
export type AwsClients = {
  dynamo: DynamoDBDocumentClient;
  sqs: SQSClient;
  s3: S3Client;
  batch: BatchClient;
  secrets: SecretsManagerClient;
};

/** All that the API's logic works with; each function names the part that it needs. */
export type ApiDependencies = {
  environment: ApiEnvironment;
  policy: RequestPolicy;
  sqs: SQSClient;
  s3: S3Client;
  batch: BatchClient;
  store: JobStore;
  outbox: EventOutbox;
  idempotencyKeys: IdempotencyKeys;
  webhookSecrets: WebhookSecrets;
  log: Logger;
  now: () => Date;
  newId: () => string;
};

/** Clients of the services at their usual addresses, or those that AWS_ENDPOINT_URL_* names. */
export function createAwsClients(): AwsClients {
  return {
    dynamo: createDynamoClient(),
    sqs: createQueueClient(),
    s3: createS3Client(),
    batch: createBatchClient(),
    secrets: createSecretsClient(),
  };
}

export function createDependencies(
  environment: ApiEnvironment,
  clients: AwsClients,
  log: Logger = createLogger('api'),
): ApiDependencies {
  const store = createJobStore(clients.dynamo, environment.JOB_TABLE);
  return {
    environment,
    policy: {
      allowLoopbackUrls: environment.ALLOW_LOOPBACK_URLS,
      inputBuckets: environment.ALLOWED_INPUT_BUCKETS,
      outputBuckets: [environment.ARTIFACTS_BUCKET, ...environment.ALLOWED_OUTPUT_BUCKETS],
    },
    sqs: clients.sqs,
    s3: clients.s3,
    batch: clients.batch,
    store,
    outbox: createEventOutbox({
      sqs: clients.sqs,
      queueUrl: environment.WEBHOOK_QUEUE_URL,
      store,
    }),
    idempotencyKeys: createIdempotencyKeys(clients.dynamo, environment.JOB_TABLE),
    webhookSecrets: createWebhookSecrets(clients.secrets, environment.WEBHOOK_SECRETS_PREFIX),
    log,
    now: () => new Date(),
    newId: () => ulid(),
  };
}
