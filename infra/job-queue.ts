import { Duration, Validations } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { dispatchEnvironmentSchema } from '#contracts/environment.ts';
import {
  DISPATCH_TIMEOUT_SECONDS,
  JOB_MAX_RECEIVE_COUNT,
  JOB_VISIBILITY_TIMEOUT_SECONDS,
} from '#contracts/queue-timing.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { allow } from './allow.ts';
import { JOB_WILDCARD_REASON, tagOurJobs, terminateOurJobs } from './batch-permissions.ts';
import type { Deployment } from './deployment.ts';
import type { GpuCompute } from './gpu-compute.ts';
import { type JobStore, removalPolicyOf } from './job-store.ts';
import { LambdaFunction } from './lambda-function.ts';
import { createQueueWithDeadLetters } from './queue.ts';
import type { WorkerJob } from './worker-job.ts';

/** Together they stay below the 50 SubmitJob calls a second that AWS Batch takes from an account. */
const BATCH_SIZE = 5;
const MAX_CONCURRENT_DISPATCHES = 5;

/** Jobs on their way to AWS Batch: the buffer, and the function that submits them. */
export class JobQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly dispatch: LambdaFunction<typeof dispatchEnvironmentSchema>;

  constructor(
    scope: Construct,
    id: string,
    deployment: Deployment,
    {
      store,
      webhookQueue,
      compute,
      worker,
    }: { store: JobStore; webhookQueue: Queue; compute: GpuCompute; worker: WorkerJob },
  ) {
    super(scope, id);
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(this, 'Queue', {
      // Covers the dispatch alone: the run that follows may take hours.
      visibilityTimeout: Duration.seconds(JOB_VISIBILITY_TIMEOUT_SECONDS),
      maxReceiveCount: JOB_MAX_RECEIVE_COUNT,
      removalPolicy: removalPolicyOf(deployment),
    });
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;

    this.dispatch = new LambdaFunction(this, 'Dispatch', {
      folder: 'dispatch',
      schema: dispatchEnvironmentSchema,
      environment: {
        JOB_TABLE: store.table.tableName,
        WEBHOOK_QUEUE_URL: webhookQueue.queueUrl,
        BATCH_JOB_QUEUE: compute.jobQueue.jobQueueArn,
        BATCH_JOB_DEFINITION: worker.definition.jobDefinitionArn,
      },
      permissions: [
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [store.table.tableArn]),
        allow(['sqs:SendMessage'], [webhookQueue.queueArn]),
        allow(
          ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
          [this.queue.queueArn],
        ),
        allow(
          ['batch:SubmitJob'],
          [compute.jobQueue.jobQueueArn, worker.definition.jobDefinitionArn],
        ),
        tagOurJobs(compute.jobArns),
        terminateOurJobs(compute.jobArns),
        allow(['batch:ListJobs'], ['*']),
      ],
      timeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      removalPolicy: removalPolicyOf(deployment),
    });
    acknowledgeWildcards(this.dispatch.role, [compute.jobArns], JOB_WILDCARD_REASON);
    Validations.of(this.dispatch.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'batch:ListJobs, which finds what a lost dispatcher submitted, knows no resources.',
    });

    new EventSourceMapping(this, 'DispatchSource', {
      target: this.dispatch.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: MAX_CONCURRENT_DISPATCHES,
      reportBatchItemFailures: true,
    }).node.addDependency(this.dispatch.role);
  }
}
