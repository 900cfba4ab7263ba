import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { JOB_TABLE_KEY, SWEEP_INDEX, TENANT_INDEX } from '#contracts/job-table.ts';
import { startDynamo } from '../../local/emulators/dynamodb.ts';
import { startS3Sqs } from '../../local/emulators/s3-sqs.ts';
import { startSecretsManager } from '../../local/emulators/secrets-manager.ts';
import { createLocalClients } from '../../local/stack/clients.ts';

export type LoopbackAws = Awaited<ReturnType<typeof startLoopbackAws>>;

/** DynamoDB, S3, SQS and Secrets Manager in this process, and clients of them. */
export async function startLoopbackAws() {
  const [dynamo, s3Sqs, secretsManager] = await Promise.all([
    startDynamo(),
    startS3Sqs(),
    startSecretsManager(),
  ]);
  const clients = createLocalClients({
    dynamodb: dynamo.endpoint,
    s3: s3Sqs.endpoint,
    sqs: s3Sqs.endpoint,
    secretsManager: secretsManager.origin,
    // Nothing listens there: tests of Batch bring their own.
    batch: 'http://127.0.0.1:9',
  });
  const documents = DynamoDBDocumentClient.from(clients.dynamo, {
    marshallOptions: { removeUndefinedValues: true },
  });

  return {
    s3: clients.s3,
    sqs: clients.sqs,
    secrets: clients.secrets,
    dynamo: documents,

    async createJobTable(name: string): Promise<string> {
      await clients.dynamo.send(new CreateTableCommand(jobTable(name)));
      return name;
    },

    async createBucket(name: string): Promise<string> {
      await clients.s3.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },

    /** Creates a queue and returns its URL. */
    async createQueue(name: string): Promise<string> {
      await clients.sqs.send(new CreateQueueCommand({ QueueName: name }));
      return s3Sqs.queueUrl(name);
    },

    /** Takes every message out of a queue. */
    async drain(queueUrl: string): Promise<unknown[]> {
      const bodies: unknown[] = [];
      for (;;) {
        const { Messages = [] } = await clients.sqs.send(
          new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) {
          return bodies;
        }
        bodies.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
        await clients.sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: Messages.map(({ ReceiptHandle }, index) => ({
              Id: String(index),
              ReceiptHandle,
            })),
          }),
        );
      }
    },

    [Symbol.asyncDispose]: async () => {
      clients.destroy();
      await Promise.all([
        dynamo[Symbol.asyncDispose](),
        s3Sqs[Symbol.asyncDispose](),
        secretsManager[Symbol.asyncDispose](),
      ]);
    },
  };
}

function jobTable(name: string) {
  const index = ({ name, partitionKey, sortKey }: typeof TENANT_INDEX | typeof SWEEP_INDEX) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' as const },
      { AttributeName: sortKey, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  const attributes = [TENANT_INDEX, SWEEP_INDEX].flatMap((it) => [it.partitionKey, it.sortKey]);
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST' as const,
    KeySchema: [{ AttributeName: JOB_TABLE_KEY, KeyType: 'HASH' as const }],
    AttributeDefinitions: [JOB_TABLE_KEY, ...attributes].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S' as const,
    })),
    GlobalSecondaryIndexes: [index(TENANT_INDEX), index(SWEEP_INDEX)],
  };
}
