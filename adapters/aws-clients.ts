import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Adaptive retries slow a throttled caller down instead of giving up. */
export const RETRY = { retryMode: 'adaptive', maxAttempts: 5 } as const;

/** The table; absent fields are left out, since DynamoDB has no undefined. */
export function createDynamoClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(RETRY), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

export function createQueueClient(): SQSClient {
  return new SQSClient(RETRY);
}

/** Endpoints other than Amazon's know buckets by path, not by host name. */
export function createS3Client(): S3Client {
  return new S3Client({
    ...RETRY,
    forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined,
  });
}
