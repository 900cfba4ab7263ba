import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, DescribeJobsCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workerEnvironmentSchema } from '#contracts/environment.ts';
import { EXIT_CODES, MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import {
  type JobDefinition,
  type JobQueue,
  jobDefinitionSchema,
} from '../../../../local/emulators/batch/job-definition.ts';
import { decideAfterFailure } from '../../../../local/emulators/batch/retry-rules.ts';
import { type BatchEmulator, startBatch } from '../../../../local/emulators/batch/start-batch.ts';
import { readApiMethods } from '../../../../local/stack/api-resources.ts';
import { readJobDefinition, readJobQueue } from '../../../../local/stack/batch-resources.ts';
import { type DeployedStack, resolveStack } from '../../../../local/stack/deployed-stack.ts';
import {
  createFunctionFinder,
  deployFunctions,
  readEventSources,
} from '../../../../local/stack/function-resources.ts';
import { loadTemplate } from '../../../../local/stack/template.ts';
import { projectAsImage, readEntryPoint } from '../../../../local/stack/worker-image.ts';

const JOB_ID = '01J9Z3X8M4T6V7W8Y9ABCDEFGH';
const EXITED = 'Essential container in task exited';

let stack: DeployedStack;
let definition: JobDefinition;
let queue: JobQueue;

beforeAll(async () => {
  const synthesis = await loadTemplate({ allowedInputBuckets: 'reelscribe-media' });
  stack = resolveStack(synthesis, (name) => `http://127.0.0.1:1/000000000000/${name}`);
  const [jobDefinition] = stack.ofType('AWS::Batch::JobDefinition');
  const [jobQueue] = stack.ofType('AWS::Batch::JobQueue');
  definition = jobDefinitionSchema.parse(readJobDefinition('worker', jobDefinition?.properties));
  queue = readJobQueue('gpu', jobQueue?.properties);
});

describe('the job definition of the synthesised template', () => {
  it('retries a lost machine, an image that cannot be pulled and the transient exit code, and nothing else', () => {
    const decide = (outcome: Parameters<typeof decideAfterFailure>[2]) =>
      decideAfterFailure(definition.retryStrategy, 1, outcome);
    expect(definition.retryStrategy.attempts).toBe(MAX_ATTEMPTS);
    expect(decide({ exitCode: 137, statusReason: 'Host EC2 (instance i-1) terminated.' })).toBe(
      'RETRY',
    );
    expect(
      decide({ reason: 'CannotPullContainerError: timeout', statusReason: 'Task failed to start' }),
    ).toBe('RETRY');
    expect(decide({ exitCode: EXIT_CODES.TRANSIENT, statusReason: EXITED })).toBe('RETRY');
    for (const exitCode of [1, EXIT_CODES.FAILED, EXIT_CODES.BROKEN, 137, 139]) {
      expect(decide({ exitCode, statusReason: EXITED })).toBe('EXIT');
    }
    const killed = { exitCode: 137, reason: 'OutOfMemoryError: killed', statusReason: EXITED };
    expect(decide(killed)).toBe('EXIT');
  });

  it('asks for one GPU and ends an attempt in time', () => {
    expect(definition.container.resourceRequirements).toContainEqual({ type: 'GPU', value: '1' });
    expect(definition.timeout.attemptDurationSeconds).toBeGreaterThanOrEqual(3_600);
    expect(queue.fairShare).toBe(true);
  });

  it('gives the worker a complete environment, but for what Batch itself sets', () => {
    const environment = Object.fromEntries(
      definition.container.environment.map(({ name, value }) => [name, value]),
    );
    const batchVariables = { AWS_BATCH_JOB_ID: 'id', AWS_BATCH_JOB_ATTEMPT: '1' };
    expect(workerEnvironmentSchema.parse({ ...environment, ...batchVariables })).toMatchObject({
      DEVICE: 'cuda',
      ALLOW_LOOPBACK_URLS: false,
    });
  });
});

describe('a job of that definition in the Batch emulator', () => {
  let dir: string;
  let batch: BatchEmulator;
  let client: BatchClient;
  const lines: string[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reelscribe-template-'));
    const worker = `console.log(JSON.stringify({ argv: process.argv.slice(2), env: process.env })); process.exit(${EXIT_CODES.TRANSIENT});`;
    await writeFile(join(dir, 'worker.mjs'), worker);
    batch = await startBatch({
      jobQueues: [queue],
      jobDefinitions: [definition],
      entryPoint: [process.execPath, join(dir, 'worker.mjs')],
      onLog: ({ line }) => lines.push(line),
    });
    client = new BatchClient({
      endpoint: batch.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  });

  afterAll(async () => {
    client.destroy();
    await batch[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  it('is told its job by parameter and its environment by the template alone, in every attempt', async () => {
    const { jobId = '' } = await client.send(
      new SubmitJobCommand({
        jobName: JOB_ID,
        jobQueue: queue.name,
        jobDefinition: definition.name,
        shareIdentifier: 'tenant',
        parameters: { jobId: JOB_ID },
      }),
    );
    let status: string | undefined;
    while (status !== 'FAILED') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
      status = jobs?.[0]?.status;
    }

    const attempts: { argv: string[]; env: Record<string, string> }[] = lines.map((line) =>
      JSON.parse(line),
    );
    expect(attempts.map(({ env }) => env['AWS_BATCH_JOB_ATTEMPT'])).toEqual(['1', '2', '3']);
    for (const { argv, env } of attempts) {
      expect(argv).toEqual(['run', JOB_ID]);
      const own = Object.entries(env).filter(([name]) => !name.startsWith('AWS_BATCH_'));
      expect(Object.fromEntries(own)).toEqual(
        Object.fromEntries(
          definition.container.environment.map(({ name, value }) => [name, value]),
        ),
      );
    }
  });
});

describe('the functions of the synthesised template', () => {
  it('are all found, with every queue, rule and method leading to one of them', async () => {
    const functions = deployFunctions(stack, {
      environment: {},
      processes: {},
      onLine: () => undefined,
    });
    expect(functions.map(({ name }) => name).toSorted()).toEqual([
      'api',
      'batch-events',
      'dispatch',
      'sweeper',
      'webhooks',
    ]);
    const find = createFunctionFinder(functions);
    const fed = readEventSources(stack).map((source) => find(source.functionName)?.name);
    expect(fed.toSorted()).toEqual(['dispatch', 'webhooks']);
    expect(readEventSources(stack).every((source) => source.reportsItemFailures)).toBe(true);

    const methods = readApiMethods(stack, find);
    const open = methods.filter(({ apiKeyRequired }) => !apiKeyRequired);
    expect(open.map(({ httpMethod, resource }) => `${httpMethod} ${resource}`)).toEqual([
      'GET /v1/health',
    ]);
  });
});

describe('the entry point of the image', () => {
  it('is a file of the project, run by the Node that runs here', async () => {
    expect(await readEntryPoint()).toEqual([process.execPath, 'gpu-container/src/main.ts']);
  });

  it('comes with what the image tells the memory allocator', async () => {
    const { environment } = await projectAsImage();
    expect(environment).toMatchObject({ MALLOC_MMAP_THRESHOLD_: '4194304' });
    expect(Object.keys(environment).every((name) => name.startsWith('MALLOC_'))).toBe(true);
  });

  it('is demanded in exec form', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'reelscribe-image-'));
    const dockerfile = join(dir, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nENTRYPOINT node main.ts\n');
    await expect(readEntryPoint(dockerfile)).rejects.toThrow('exec form');
    await rm(dir, { recursive: true });
  });
});
