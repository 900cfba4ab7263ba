import { Duration, Validations } from 'aws-cdk-lib';
import { type EventPattern, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { EventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { batchEventsEnvironmentSchema, sweeperEnvironmentSchema } from '#contracts/environment.ts';
import { allow } from './allow.ts';
import type { Deployment } from './deployment.ts';
import type { GpuCompute } from './gpu-compute.ts';
import { type JobStore, removalPolicyOf } from './job-store.ts';
import { LambdaFunction } from './lambda-function.ts';
import { createQueue } from './queue.ts';

const EVENT_TIMEOUT_SECONDS = 30;
const SWEEP_TIMEOUT_SECONDS = 120;
const SWEEP_INTERVAL = Duration.minutes(5);

/** EventBridge and Lambda each try again for this long before they give an event up. */
const EVENT_MAX_AGE = Duration.hours(6);

type RecoveryResources = {
  store: JobStore;
  compute: GpuCompute;
  jobQueue: Queue;
  webhookQueue: Queue;
};

/**
 * What notices when the worker cannot speak for itself: AWS Batch's events close
 * the records of jobs that died, and a sweeper finishes what crashed half done.
 */
export class JobRecovery extends Construct {
  readonly batchEvents: LambdaFunction<typeof batchEventsEnvironmentSchema>;
  readonly sweeper: LambdaFunction<typeof sweeperEnvironmentSchema>;
  readonly deadLetterQueue: Queue;
  readonly failedJobs: Rule;
  readonly blockedQueue: Rule;

  constructor(scope: Construct, id: string, deployment: Deployment, resources: RecoveryResources) {
    super(scope, id);
    const removalPolicy = removalPolicyOf(deployment);
    this.deadLetterQueue = createQueue(this, 'EventDeadLetters', { removalPolicy });
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue: of EventBridge rules and of a function, not of a queue.',
    });
    this.batchEvents = this.createBatchEvents(resources, removalPolicy);
    this.sweeper = this.createSweeper(resources, removalPolicy);

    const jobQueueArn = resources.compute.jobQueue.jobQueueArn;
    const jobsThat = (status: 'FAILED' | 'SUCCEEDED'): EventPattern => ({
      source: ['aws.batch'],
      detailType: ['Batch Job State Change'],
      detail: { jobQueue: [jobQueueArn], status: [status] },
    });
    this.failedJobs = this.createRule('FailedJobs', jobsThat('FAILED'));
    this.createRule('SucceededJobs', jobsThat('SUCCEEDED'));
    this.blockedQueue = this.createRule('BlockedQueue', {
      source: ['aws.batch'],
      detailType: ['Batch Job Queue Blocked'],
      resources: [jobQueueArn],
    });
  }

  private createBatchEvents(
    { store, webhookQueue }: RecoveryResources,
    removalPolicy: ReturnType<typeof removalPolicyOf>,
  ): LambdaFunction<typeof batchEventsEnvironmentSchema> {
    const batchEvents = new LambdaFunction(this, 'BatchEvents', {
      folder: 'batch-events',
      schema: batchEventsEnvironmentSchema,
      environment: {
        JOB_TABLE: store.table.tableName,
        WEBHOOK_QUEUE_URL: webhookQueue.queueUrl,
      },
      permissions: [
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [store.table.tableArn]),
        allow(['sqs:SendMessage'], [webhookQueue.queueArn, this.deadLetterQueue.queueArn]),
      ],
      timeoutSeconds: EVENT_TIMEOUT_SECONDS,
      removalPolicy,
    });
    // A rule's own dead letters are events that Lambda did not take; those it
    // took and that failed in the function go here by Lambda's doing.
    const deadLetters = { destination: this.deadLetterQueue.queueArn };
    new EventInvokeConfig(this, 'BatchEventsRetries', {
      function: batchEvents.function,
      retryAttempts: 2,
      maxEventAge: EVENT_MAX_AGE,
      onFailure: { bind: () => deadLetters },
    }).node.addDependency(batchEvents.role);
    return batchEvents;
  }

  private createSweeper(
    { store, jobQueue, webhookQueue }: RecoveryResources,
    removalPolicy: ReturnType<typeof removalPolicyOf>,
  ): LambdaFunction<typeof sweeperEnvironmentSchema> {
    const sweeper = new LambdaFunction(this, 'Sweeper', {
      folder: 'sweeper',
      schema: sweeperEnvironmentSchema,
      environment: {
        JOB_TABLE: store.table.tableName,
        JOB_QUEUE_URL: jobQueue.queueUrl,
        WEBHOOK_QUEUE_URL: webhookQueue.queueUrl,
      },
      permissions: [
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [store.table.tableArn]),
        allow(['dynamodb:Query'], [store.sweepIndexArn]),
        allow(['sqs:SendMessage'], [jobQueue.queueArn, webhookQueue.queueArn]),
      ],
      timeoutSeconds: SWEEP_TIMEOUT_SECONDS,
      removalPolicy,
    });
    new Rule(this, 'SweepSchedule', {
      schedule: Schedule.rate(SWEEP_INTERVAL),
      // A run that fails is not repeated: the next one does its work.
      targets: [new FunctionTarget(sweeper.function, { retryAttempts: 0 })],
    });
    new EventInvokeConfig(this, 'SweeperRetries', {
      function: sweeper.function,
      retryAttempts: 0,
      maxEventAge: SWEEP_INTERVAL,
    });
    return sweeper;
  }

  private createRule(id: string, eventPattern: EventPattern): Rule {
    return new Rule(this, id, {
      eventPattern,
      targets: [
        new FunctionTarget(this.batchEvents.function, {
          deadLetterQueue: this.deadLetterQueue,
          maxEventAge: EVENT_MAX_AGE,
        }),
      ],
    });
  }
}
