import { join } from 'node:path';
import { Size, Stack, Validations } from 'aws-cdk-lib';
import {
  Action,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  EcsVolume,
  Reason,
  RetryStrategy,
} from 'aws-cdk-lib/aws-batch';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, LogDriver } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { workerEnvironmentSchema } from '#contracts/environment.ts';
import { EXIT_CODES, MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import { DIARIZATION_BACKENDS } from '#contracts/models.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { allow } from './allow.ts';
import type { Deployment } from './deployment.ts';
import { ATTEMPT_TIMEOUT } from './gpu-compute.ts';
import { artifactObjectsOf, type JobStore, removalPolicyOf } from './job-store.ts';
import type { EnvironmentVariables } from './lambda-function.ts';
import { SCRATCH_PATH } from './machine-template.ts';

const REPOSITORY_ROOT = join(import.meta.dirname, '..');

/** The image's user; a number, since Batch knows no names. */
const WORKER_USER = '10001';

const VCPUS = 4;

/** Of the 16 GiB of the smallest machine, what is left beside the kernel and the ECS agent. */
const MEMORY = Size.mebibytes(14_000);

/**
 * The voice activity detector runs before every recogniser, and what tells
 * speakers apart by default is asked for without being named.
 */
const ALWAYS_BAKED = ['silero-vad', ...DIARIZATION_BACKENDS.auto];

/** What a deployment tells the worker; the rest Batch sets, or has a default that fits. */
type WorkerVariables = Omit<
  EnvironmentVariables<typeof workerEnvironmentSchema>,
  'AWS_BATCH_JOB_ID' | 'AWS_BATCH_JOB_ATTEMPT'
>;

/** The worker as Batch runs it: image, resources, rights and retry rules. */
export class WorkerJob extends Construct {
  readonly definition: EcsJobDefinition;

  constructor(
    scope: Construct,
    id: string,
    deployment: Deployment,
    resources: { store: JobStore; webhookQueue: Queue },
  ) {
    super(scope, id);
    const environment: WorkerVariables = {
      AWS_REGION: Stack.of(this).region,
      JOB_TABLE: resources.store.table.tableName,
      WEBHOOK_QUEUE_URL: resources.webhookQueue.queueUrl,
      ARTIFACTS_BUCKET: resources.store.artifactsBucket.bucketName,
      MAX_INPUT_BYTES: String(deployment.maxInputBytes),
      MAX_MEDIA_SECONDS: String(deployment.maxMediaSeconds),
      DEVICE: 'cuda',
      ALLOW_CPU_FALLBACK: deployment.allowCpuFallback ? '1' : '0',
      SCRATCH_DIR: SCRATCH_PATH,
    };
    this.definition = new EcsJobDefinition(this, 'Definition', {
      container: new EcsEc2ContainerDefinition(this, 'Container', {
        image: ContainerImage.fromDockerImageAsset(this.createImage(deployment)),
        command: ['run', 'Ref::jobId'],
        environment,
        gpu: 1,
        cpu: VCPUS,
        memory: MEMORY,
        user: WORKER_USER,
        readonlyRootFilesystem: true,
        volumes: [
          EcsVolume.host({ name: 'scratch', hostPath: SCRATCH_PATH, containerPath: SCRATCH_PATH }),
        ],
        jobRole: this.createJobRole(deployment, resources),
        executionRole: this.createExecutionRole(),
        logging: LogDriver.awsLogs({
          streamPrefix: 'worker',
          logGroup: new LogGroup(this, 'Log', {
            retention: RetentionDays.ONE_MONTH,
            removalPolicy: removalPolicyOf(deployment),
          }),
        }),
      }),
      propagateTags: true,
      timeout: ATTEMPT_TIMEOUT,
      retryAttempts: MAX_ATTEMPTS,
      // The first match decides, and what matches nothing is retried: so the last rule matches all.
      retryStrategies: [
        RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
        RetryStrategy.of(Action.RETRY, Reason.custom({ onReason: 'CannotPullContainer*' })),
        RetryStrategy.of(Action.RETRY, Reason.custom({ onExitCode: String(EXIT_CODES.TRANSIENT) })),
        RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: '*' })),
      ],
    });
  }

  private createImage({ models }: Deployment): DockerImageAsset {
    return new DockerImageAsset(this, 'Image', {
      directory: REPOSITORY_ROOT,
      file: 'gpu-container/Dockerfile',
      platform: Platform.LINUX_AMD64,
      // Without the flag, the Dockerfile's own default.
      ...(models === undefined
        ? {}
        : { buildArgs: { MODELS: [...new Set([...models, ...ALWAYS_BAKED])].join(' ') } }),
    });
  }

  /** What the worker's code may do. */
  private createJobRole(
    { allowedInputBuckets, allowedOutputBuckets }: Deployment,
    { store, webhookQueue }: { store: JobStore; webhookQueue: Queue },
  ): Role {
    const role = new Role(this, 'JobRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    const inputs = allowedInputBuckets.map((name) => `${store.bucketArn(name)}/*`);
    const outputs = allowedOutputBuckets.flatMap((name) =>
      artifactObjectsOf(store.bucketArn(name)),
    );
    for (const statement of [
      allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [store.table.tableArn]),
      allow(['sqs:SendMessage'], [webhookQueue.queueArn]),
      allow(['s3:GetObject'], [store.objects('uploads')]),
      allow(['s3:PutObject'], store.artifactObjects),
      allow(['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], [store.objects('checkpoints')]),
      // Without it S3 answers 403 where a checkpoint is simply not there.
      allow(['s3:ListBucket'], [store.artifactsBucket.bucketArn]),
      ...(inputs.length === 0 ? [] : [allow(['s3:GetObject', 's3:GetObjectVersion'], inputs)]),
      ...(outputs.length === 0 ? [] : [allow(['s3:PutObject'], outputs)]),
    ]) {
      role.addToPolicy(statement);
    }
    acknowledgeWildcards(
      role,
      [store.objects('uploads'), store.objects('checkpoints'), ...store.artifactObjects],
      'Objects are named by job and tenant, so that a role can know their folders only.',
    );
    acknowledgeWildcards(
      role,
      [...inputs, ...outputs],
      'A bucket that the deployment’s owner put on the allow-list; callers choose the object.',
    );
    return role;
  }

  /** What ECS needs to start the container: the image and the log. CDK adds both to it. */
  private createExecutionRole(): Role {
    const role = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'ecr:GetAuthorizationToken has no resources; pulling is limited to the one repository.',
    });
    return role;
  }
}
