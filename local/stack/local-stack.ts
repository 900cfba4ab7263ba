import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import {
  formatSigningSecret,
  WEBHOOK_KEY_BYTES,
  type WebhookSecret,
  webhookSecretName,
} from '#contracts/webhook-secret.ts';
import { type BatchEmulator, startBatch } from '../emulators/batch/start-batch.ts';
import type { JobStateChangeEvent } from '../emulators/batch/state-change-event.ts';
import { startDynamo } from '../emulators/dynamodb.ts';
import { startS3Sqs } from '../emulators/s3-sqs.ts';
import { startSecretsManager } from '../emulators/secrets-manager.ts';
import { readApiMethods, readApiStage, readGatewayResponses } from './api-resources.ts';
import { readJobDefinition, readJobQueue } from './batch-resources.ts';
import { createLocalClients, type LocalClients } from './clients.ts';
import { type DeployedStack, resolveStack } from './deployed-stack.ts';
import { type EventBus, startEventBus } from './event-bus.ts';
import { readEventRules } from './event-rules.ts';
import {
  createFunctionFinder,
  type DeployedFunction,
  deployFunctions,
  readEventSources,
} from './function-resources.ts';
import {
  type Endpoints,
  functionHostEnvironment,
  workerHostEnvironment,
} from './host-environment.ts';
import { openLogFiles } from './logs.ts';
import { startQueuePoller } from './queue-poller.ts';
import { startRestApi } from './rest-api.ts';
import { createBucket, createQueue, createTable } from './storage.ts';
import { LOCAL_STATE_DIR, loadTemplate } from './template.ts';
import { projectAsImage, type WorkerImage } from './worker-image.ts';

/** A bucket beside the stack's own, from which jobs may read. */
const MEDIA_BUCKET = 'reelscribe-media';

const API_KEY_BYTES = 20;

export type LocalStackOptions = {
  /** Lets webhooks and media be on this machine, over http. Off unless asked for. */
  allowLoopbackUrls?: boolean;
  /** Port of the API; any free one if not given. */
  apiPort?: number;
  /** Jobs that run at once. */
  gpus?: number;
  /** Processes among which a function's invocations take turns, by its folder in lambdas/. */
  functionProcesses?: Readonly<Record<string, number>>;
  /** The environment from which the worker gets what a machine gives; `process.env` if not given. */
  machine?: NodeJS.ProcessEnv;
  /** What workers run from; the project itself if not given. */
  workerImage?: WorkerImage;
  /** Least time between two progress events; the worker's own default if not given. */
  progressIntervalSeconds?: number;
  /** From SIGTERM to SIGKILL. */
  stopTimeoutMs?: number;
  logDir?: string;
  onJobStateChange?: (event: JobStateChangeEvent) => void;
};

export type LocalStack = AsyncDisposable & {
  /** With the stage and without a slash at its end: `<apiUrl>/v1/jobs`. */
  readonly apiUrl: string;
  readonly apiKey: string;
  /** Who the API key belongs to: its id. */
  readonly tenant: string;
  /** Signs this tenant's webhooks. */
  readonly webhookSecret: { name: string; value: string };
  readonly endpoints: Endpoints;
  readonly clients: LocalClients;
  /** Jobs may read from it. */
  readonly mediaBucket: string;
  readonly artifactsBucket: string;
  readonly functions: readonly DeployedFunction[];
  /** Takes the machine away from a running Batch job, as a Spot interruption does. */
  reclaimHost(batchJobId: string): void;
  /** Process id of the worker of a running Batch job. */
  workerPid(batchJobId: string): number | undefined;
  readonly logDir: string;
  /** Stops all of it, workers included. */
  stop(): Promise<void>;
};

/** Deploys the synthesised template onto emulators on loopback. Nothing of it outlives `stop`. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  await using started = new AsyncDisposableStack();
  const { allowLoopbackUrls = false } = options;
  const synthesis = await loadTemplate({ allowedInputBuckets: MEDIA_BUCKET });

  const logs = started.use(openLogFiles(options.logDir ?? join(LOCAL_STATE_DIR, 'logs')));
  const onError = (error: unknown) => logs.write('local-stack', describe(error));

  const [s3Sqs, dynamo, secretsManager] = await Promise.all([
    startS3Sqs(),
    startDynamo(),
    startSecretsManager(),
  ]);
  started.use(s3Sqs);
  started.use(dynamo);
  started.use(secretsManager);
  const storage = { s3: s3Sqs.endpoint, sqs: s3Sqs.endpoint, dynamodb: dynamo.endpoint };
  const stack = resolveStack(synthesis, s3Sqs.queueUrl);

  const image = options.workerImage ?? (await projectAsImage());
  let bus: EventBus | undefined;
  const batch: BatchEmulator = started.use(
    await startBatch({
      ...readBatch(stack),
      entryPoint: image.entryPoint,
      cwd: image.dir,
      imageEnvironment: image.environment,
      gpus: options.gpus ?? 1,
      hostEnvironment: workerHostEnvironment(storage, {
        allowLoopbackUrls,
        machine: options.machine ?? process.env,
        progressIntervalSeconds: options.progressIntervalSeconds,
      }),
      ...(options.stopTimeoutMs === undefined ? {} : { stopTimeoutMs: options.stopTimeoutMs }),
      onStateChange: (event) => {
        const { jobName, jobId, status, statusReason } = event.detail;
        const line = { service: 'batch', status, statusReason, workerPid: batch.pid(jobId) };
        logs.write(jobName, JSON.stringify(line));
        options.onJobStateChange?.(event);
        bus?.put(event);
      },
      onLog: ({ jobName, line }) => logs.write(jobName, line),
    }),
  );
  const endpoints = {
    ...storage,
    secretsManager: secretsManager.origin,
    batch: batch.endpoint,
  };
  const clients = createLocalClients(endpoints);
  started.defer(() => clients.destroy());
  await createStorage(stack, clients);

  const functions = deployFunctions(stack, {
    environment: functionHostEnvironment(endpoints, allowLoopbackUrls),
    processes: options.functionProcesses ?? {},
    onLine: (name, line) => logs.write(`lambda-${name}`, line),
  });
  for (const deployed of functions) {
    started.use(deployed);
  }
  const find = createFunctionFinder(functions);

  bus = started.use(startEventBus(readEventRules(stack, find), onError));
  for (const { functionName, ...source } of readEventSources(stack)) {
    const { invoke } = demand(find(functionName), functionName);
    started.use(
      startQueuePoller({
        ...source,
        sqs: clients.sqs,
        queueUrl: s3Sqs.queueUrl(source.queueArn.split(':').at(-1) ?? ''),
        invoke,
        onError,
      }),
    );
  }

  const tenant = readTenant(stack);
  const webhookSecret = await createWebhookSecret(
    clients,
    environmentOf(functions, 'WEBHOOK_SECRETS_PREFIX'),
    tenant,
  );
  const apiKey = randomBytes(API_KEY_BYTES).toString('hex');
  const stage = readApiStage(stack);
  const api = started.use(
    await startRestApi({
      stage,
      methods: readApiMethods(stack, find),
      gatewayResponses: readGatewayResponses(stack),
      apiKeys: new Map([[apiKey, tenant]]),
      port: options.apiPort,
      onError,
    }),
  );

  const running = started.move();
  const stop = () => running.disposeAsync();
  return {
    apiUrl: `${api.origin}/${stage}`,
    apiKey,
    tenant,
    webhookSecret,
    endpoints,
    clients,
    mediaBucket: MEDIA_BUCKET,
    artifactsBucket: environmentOf(functions, 'ARTIFACTS_BUCKET'),
    functions,
    reclaimHost: batch.reclaimHost,
    workerPid: batch.pid,
    logDir: logs.dir,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function readBatch(stack: DeployedStack) {
  return {
    jobQueues: stack
      .ofType('AWS::Batch::JobQueue')
      .map(({ logicalId, properties }) =>
        readJobQueue(stack.references.name(logicalId), properties),
      ),
    jobDefinitions: stack
      .ofType('AWS::Batch::JobDefinition')
      .map(({ logicalId, properties }) =>
        readJobDefinition(stack.references.name(logicalId), properties),
      ),
  };
}

/** Tables, queues and buckets; queues without a dead-letter queue first, since the others name them. */
async function createStorage(stack: DeployedStack, clients: LocalClients): Promise<void> {
  const { name } = stack.references;
  for (const { logicalId, properties } of stack.ofType('AWS::DynamoDB::Table')) {
    await createTable(clients.dynamo, name(logicalId), properties);
  }
  const queues = stack.ofType('AWS::SQS::Queue');
  for (const { logicalId, properties } of queues.toSorted(
    (one, other) =>
      Number('RedrivePolicy' in one.properties) - Number('RedrivePolicy' in other.properties),
  )) {
    await createQueue(clients.sqs, name(logicalId), properties);
  }
  const buckets = stack.ofType('AWS::S3::Bucket').map(({ logicalId }) => name(logicalId));
  for (const bucket of [...buckets, MEDIA_BUCKET]) {
    await createBucket(clients.s3, bucket);
  }
}

function demand(deployed: DeployedFunction | undefined, name: string): DeployedFunction {
  if (deployed === undefined) {
    throw new Error(`the template has no function of ours called ${name}`);
  }
  return deployed;
}

function readTenant(stack: DeployedStack): string {
  const [key] = stack.ofType('AWS::ApiGateway::ApiKey');
  if (key === undefined) {
    throw new Error('the template has no API key');
  }
  return stack.references.name(key.logicalId);
}

/** The API would make it with the first job; made here, its value can be told before that. */
async function createWebhookSecret(
  clients: LocalClients,
  prefix: string,
  tenant: string,
): Promise<LocalStack['webhookSecret']> {
  const name = webhookSecretName(prefix, tenant);
  const secret: WebhookSecret = { current: formatSigningSecret(randomBytes(WEBHOOK_KEY_BYTES)) };
  await clients.secrets.send(
    new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(secret) }),
  );
  return { name, value: secret.current };
}

function environmentOf(functions: readonly DeployedFunction[], variable: string): string {
  const value = functions.map(({ environment }) => environment[variable]).find(Boolean);
  if (value === undefined) {
    throw new Error(`no function of the template has ${variable} in its environment`);
  }
  return value;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
