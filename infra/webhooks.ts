import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { webhooksEnvironmentSchema } from '#contracts/environment.ts';
import {
  WEBHOOK_FUNCTION_TIMEOUT_SECONDS,
  WEBHOOK_MAX_RECEIVE_COUNT,
  WEBHOOK_VISIBILITY_TIMEOUT_SECONDS,
} from '#contracts/queue-timing.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { allow } from './allow.ts';
import type { Deployment } from './deployment.ts';
import { type JobStore, removalPolicyOf } from './job-store.ts';
import { LambdaFunction } from './lambda-function.ts';
import { createQueueWithDeadLetters } from './queue.ts';

/** One message at a time, so that a receiver that hangs delays nobody else's events. */
const BATCH_SIZE = 1;

const MAX_CONCURRENT_DELIVERIES = 20;

/** Events on their way to their receivers: queue, signing secrets, and the function that delivers. */
export class Webhooks extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  /** Secrets of tenants are made on demand below this name. */
  readonly secretsPrefix: string;
  readonly secretsArn: string;
  readonly delivery: LambdaFunction<typeof webhooksEnvironmentSchema>;

  constructor(scope: Construct, id: string, deployment: Deployment, store: JobStore) {
    super(scope, id);
    this.secretsPrefix = `${deployment.stackName}/webhook-secrets`;
    this.secretsArn = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${this.secretsPrefix}/*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(this, 'Queue', {
      visibilityTimeout: Duration.seconds(WEBHOOK_VISIBILITY_TIMEOUT_SECONDS),
      maxReceiveCount: WEBHOOK_MAX_RECEIVE_COUNT,
      removalPolicy: removalPolicyOf(deployment),
    });
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;

    this.delivery = new LambdaFunction(this, 'Delivery', {
      folder: 'webhooks',
      schema: webhooksEnvironmentSchema,
      environment: {
        JOB_TABLE: store.table.tableName,
        WEBHOOK_QUEUE_URL: this.queue.queueUrl,
        WEBHOOK_SECRETS_PREFIX: this.secretsPrefix,
      },
      permissions: [
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [store.table.tableArn]),
        allow(
          [
            'sqs:ChangeMessageVisibility',
            'sqs:DeleteMessage',
            'sqs:GetQueueAttributes',
            'sqs:ReceiveMessage',
          ],
          [this.queue.queueArn],
        ),
        allow(['secretsmanager:GetSecretValue'], [this.secretsArn]),
      ],
      timeoutSeconds: WEBHOOK_FUNCTION_TIMEOUT_SECONDS,
      removalPolicy: removalPolicyOf(deployment),
    });
    this.acknowledgeSecrets(this.delivery.role);

    new EventSourceMapping(this, 'DeliverySource', {
      target: this.delivery.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: MAX_CONCURRENT_DELIVERIES,
      reportBatchItemFailures: true,
    }).node.addDependency(this.delivery.role);
  }

  /** For a role that may use the tenants' secrets: their names are known only once the tenants are. */
  acknowledgeSecrets(role: Construct): void {
    acknowledgeWildcards(
      role,
      [this.secretsArn],
      'One secret per tenant, made when the tenant is first seen and with a random end to its ARN; the prefix is this deployment’s own.',
    );
  }
}
