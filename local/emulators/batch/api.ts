import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import { AwsError, parseInput } from '../aws-error.ts';
import {
  BATCH_STATUSES,
  describeJob,
  isEnded,
  type Job,
  jobArn,
  jobDefinitionArn,
  jobQueueArn,
} from './job.ts';
import {
  environmentSchema,
  type JobDefinition,
  type JobQueue,
  parametersSchema,
  retryStrategySchema,
  timeoutSchema,
} from './job-definition.ts';
import type { Scheduler } from './scheduler.ts';

const MAX_DESCRIBED_JOBS = 100;
const LIST_PAGE_SIZE = 100;

/** What ListJobs tells of a job, beside how its container ended. */
const SUMMARY_FIELDS = [
  'jobArn',
  'jobId',
  'jobName',
  'jobDefinition',
  'status',
  'statusReason',
  'createdAt',
  'startedAt',
  'stoppedAt',
] as const;

const submitJobSchema = z.object({
  jobName: z
    .string()
    .regex(/^[A-Za-z0-9][\w-]{0,127}$/, 'up to 128 letters, digits, hyphens and underscores'),
  jobQueue: z.string().min(1),
  jobDefinition: z.string().min(1),
  shareIdentifier: z
    .string()
    .regex(/^[A-Za-z0-9]{1,255}\*?$/, 'up to 255 letters and digits')
    .optional(),
  schedulingPriorityOverride: z.int().min(0).max(9_999).optional(),
  parameters: parametersSchema.default({}),
  containerOverrides: z
    .object({
      command: z.array(z.string()).optional(),
      environment: environmentSchema.default([]),
    })
    .default({ environment: [] }),
  retryStrategy: retryStrategySchema.optional(),
  timeout: timeoutSchema.optional(),
  tags: z.record(z.string(), z.string()).default({}),
});

const describeJobsSchema = z.object({ jobs: z.array(z.string()).max(MAX_DESCRIBED_JOBS) });

const listJobsSchema = z.object({
  jobQueue: z.string().min(1),
  jobStatus: z.enum(BATCH_STATUSES).default('RUNNING'),
  filters: z
    .array(z.object({ name: z.literal('JOB_NAME'), values: z.array(z.string()).length(1) }))
    .max(1)
    .optional(),
  maxResults: z.int().min(1).max(LIST_PAGE_SIZE).default(LIST_PAGE_SIZE),
  nextToken: z.string().optional(),
});

const terminateJobSchema = z.object({ jobId: z.string().min(1), reason: z.string().min(1) });

export type BatchResources = {
  jobQueues: readonly JobQueue[];
  jobDefinitions: readonly JobDefinition[];
};

/** The REST-JSON of SubmitJob, DescribeJobs, ListJobs and TerminateJob, as @aws-sdk/client-batch speaks it. */
export function createBatchApi(resources: BatchResources, scheduler: Scheduler): Hono {
  const app = new Hono();
  const jobs = () => [...scheduler.jobs.values()];

  app.post('/v1/submitjob', async (context) => {
    const input = parse(submitJobSchema, await context.req.json());
    const job = createJob(
      input,
      findQueue(resources, input.jobQueue),
      findDefinition(resources, input.jobDefinition),
    );
    scheduler.add(job);
    return context.json({ jobArn: jobArn(job), jobName: job.name, jobId: job.id });
  });

  app.post('/v1/describejobs', async (context) => {
    const wanted = new Set(parse(describeJobsSchema, await context.req.json()).jobs);
    const found = jobs().filter((job) => wanted.has(job.id) || wanted.has(jobArn(job)));
    return context.json({ jobs: found.map(describeJob) });
  });

  app.post('/v1/listjobs', async (context) => {
    const input = parse(listJobsSchema, await context.req.json());
    const queue = findQueue(resources, input.jobQueue);
    const name = input.filters?.[0]?.values[0];
    // With a filter the status is ignored and jobs in every status are listed.
    const found = jobs().filter(
      (job) =>
        job.queue === queue &&
        (name === undefined ? job.status === input.jobStatus : matchesName(job.name, name)),
    );
    const from = Number(input.nextToken ?? 0);
    const to = from + input.maxResults;
    return context.json({
      jobSummaryList: found.slice(from, to).map(summarise),
      ...(to < found.length ? { nextToken: String(to) } : {}),
    });
  });

  app.post('/v1/terminatejob', async (context) => {
    const { jobId, reason } = parse(terminateJobSchema, await context.req.json());
    const job = jobs().find((candidate) => candidate.id === jobId || jobArn(candidate) === jobId);
    // Batch answers 200 for a job that it does not know or that has ended.
    if (job !== undefined && !isEnded(job)) {
      scheduler.terminate(job, reason);
    }
    return context.json({});
  });

  app.notFound((context) =>
    context.json({ message: `${context.req.path} is not emulated` }, 404, {
      'x-amzn-errortype': 'UnknownOperationException',
    }),
  );
  app.onError((error, context) => {
    const fault =
      error instanceof AwsError ? error : new AwsError('ServerException', error.message, 500);
    return context.json({ message: fault.message }, fault.status, {
      'x-amzn-errortype': fault.code,
    });
  });
  return app;
}

function createJob(
  input: z.output<typeof submitJobSchema>,
  queue: JobQueue,
  definition: JobDefinition,
): Job {
  if (queue.fairShare && input.shareIdentifier === undefined) {
    throw new AwsError(
      'ClientException',
      'A job queue with a scheduling policy needs a shareIdentifier',
    );
  }
  if (!queue.fairShare && input.shareIdentifier !== undefined) {
    throw new AwsError(
      'ClientException',
      'Only a job queue with a scheduling policy takes a shareIdentifier',
    );
  }
  const overrides = input.containerOverrides.environment;
  const reserved = overrides.find(({ name }) => name.startsWith('AWS_BATCH'));
  if (reserved !== undefined) {
    throw new AwsError(
      'ClientException',
      `${reserved.name}: names that begin with AWS_BATCH are reserved`,
    );
  }
  const timeout = input.timeout ?? definition.timeout;
  return {
    id: randomUUID(),
    name: input.jobName,
    queue,
    definition,
    command: input.containerOverrides.command ?? definition.container.command,
    environment: Object.fromEntries(
      [...definition.container.environment, ...overrides].map(({ name, value }) => [name, value]),
    ),
    parameters: { ...definition.parameters, ...input.parameters },
    retryStrategy: input.retryStrategy ?? definition.retryStrategy,
    timeoutSeconds: timeout.attemptDurationSeconds,
    share: input.shareIdentifier,
    priority: input.schedulingPriorityOverride ?? definition.schedulingPriority,
    tags: input.tags,
    status: 'SUBMITTED',
    statusReason: undefined,
    attempts: [],
    createdAt: Date.now(),
    startedAt: undefined,
    stoppedAt: undefined,
    stopping: undefined,
    container: undefined,
  };
}

function findQueue({ jobQueues }: BatchResources, nameOrArn: string): JobQueue {
  const queue = jobQueues.find(({ name }) => name === nameOrArn || jobQueueArn(name) === nameOrArn);
  if (queue === undefined) {
    throw new AwsError('ClientException', `JobQueue ${nameOrArn} not found`);
  }
  return queue;
}

/** By name, `name:revision` or ARN, with or without the revision. */
function findDefinition({ jobDefinitions }: BatchResources, given: string): JobDefinition {
  const definition = jobDefinitions.find((candidate) => {
    const arn = jobDefinitionArn(candidate);
    const { name, revision } = candidate;
    return [name, `${name}:${revision}`, arn, arn.replace(/:\d+$/, '')].includes(given);
  });
  if (definition === undefined) {
    throw new AwsError('ClientException', `JobDefinition ${given} not found`);
  }
  return definition;
}

/** Case does not matter, and a trailing asterisk stands for any ending. */
function matchesName(name: string, filter: string): boolean {
  const [given, wanted] = [name.toLowerCase(), filter.toLowerCase()];
  return wanted.endsWith('*') ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}

function summarise(job: Job) {
  const described = describeJob(job);
  const { exitCode, reason } = described.container;
  return {
    ...Object.fromEntries(SUMMARY_FIELDS.map((field) => [field, described[field]])),
    container: { exitCode, reason },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  return parseInput(schema, input, 'ClientException');
}
