import { localArn } from '../account.ts';
import type { Container } from './container.ts';
import type { JobDefinition, JobQueue, RetryStrategy } from './job-definition.ts';

export const BATCH_STATUSES = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;

type BatchStatus = (typeof BATCH_STATUSES)[number];

type Attempt = {
  container: { exitCode?: number | undefined; reason?: string | undefined; logStreamName: string };
  startedAt: number;
  stoppedAt: number;
  statusReason: string;
};

/** One job as the emulator keeps it; times are epoch milliseconds, as on the wire. */
export type Job = {
  id: string;
  name: string;
  queue: JobQueue;
  definition: JobDefinition;
  command: string[];
  environment: Record<string, string>;
  parameters: Record<string, string>;
  retryStrategy: RetryStrategy;
  timeoutSeconds: number | undefined;
  share: string | undefined;
  priority: number;
  tags: Record<string, string>;
  status: BatchStatus;
  statusReason: string | undefined;
  attempts: Attempt[];
  createdAt: number;
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  /** Why somebody wants it stopped, and whether it may come back after that. */
  stopping: { statusReason: string; retryable: boolean } | undefined;
  container: Container | undefined;
};

export function isEnded(job: Job): boolean {
  return job.status === 'SUCCEEDED' || job.status === 'FAILED';
}

export function jobArn(job: Pick<Job, 'id'>): string {
  return localArn('batch', `job/${job.id}`);
}

export function jobQueueArn(name: string): string {
  return localArn('batch', `job-queue/${name}`);
}

export function jobDefinitionArn(definition: Pick<JobDefinition, 'name' | 'revision'>): string {
  return localArn('batch', `job-definition/${definition.name}:${definition.revision}`);
}

/** The job as DescribeJobs and the state change event show it. */
export function describeJob(job: Job) {
  const last = job.attempts.at(-1);
  return {
    jobArn: jobArn(job),
    jobName: job.name,
    jobId: job.id,
    jobQueue: jobQueueArn(job.queue.name),
    status: job.status,
    ...(job.share === undefined ? {} : { shareIdentifier: job.share }),
    schedulingPriority: job.priority,
    attempts: job.attempts,
    ...(job.statusReason === undefined ? {} : { statusReason: job.statusReason }),
    createdAt: job.createdAt,
    ...(job.startedAt === undefined ? {} : { startedAt: job.startedAt }),
    ...(job.stoppedAt === undefined ? {} : { stoppedAt: job.stoppedAt }),
    retryStrategy: job.retryStrategy,
    dependsOn: [],
    jobDefinition: jobDefinitionArn(job.definition),
    parameters: job.parameters,
    container: {
      image: job.definition.container.image,
      command: job.command,
      environment: Object.entries(job.environment).map(([name, value]) => ({ name, value })),
      resourceRequirements: job.definition.container.resourceRequirements,
      logStreamName: `${job.definition.name}/default/${job.id}`,
      ...(isEnded(job) && last?.container.exitCode !== undefined
        ? { exitCode: last.container.exitCode }
        : {}),
      ...(isEnded(job) && last?.container.reason !== undefined
        ? { reason: last.container.reason }
        : {}),
    },
    ...(job.timeoutSeconds === undefined
      ? {}
      : { timeout: { attemptDurationSeconds: job.timeoutSeconds } }),
    tags: job.tags,
    platformCapabilities: ['EC2'],
  };
}
