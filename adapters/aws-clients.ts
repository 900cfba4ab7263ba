import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * Adaptive retries slow a throttled caller down instead of giving up, and a
 * connection that falls silent ends instead of holding a job for ever.
 */
export const CLIENT_DEFAULTS = {
  retryMode: 'adaptive',
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
} as const;

/** The table; absent fields are left out, since DynamoDB has no undefined. */
export function createDynamoClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_DEFAULTS), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

export function createQueueClient(): SQSClient {
  return new SQSClient(CLIENT_DEFAULTS);
}

/** Endpoints other than Amazon's know buckets by path, not by host name. */
export function createS3Client(): S3Client {
  return new S3Client({
    ...CLIENT_DEFAULTS,
    forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined,
  });
}
