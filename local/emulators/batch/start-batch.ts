import { serveOnLoopback } from '../loopback.ts';
import { createBatchApi } from './api.ts';
import type { Job } from './job.ts';
import { type JobDefinitionInput, type JobQueue, jobDefinitionSchema } from './job-definition.ts';
import { createScheduler, type SchedulerOptions } from './scheduler.ts';

/** What ECS waits between SIGTERM and SIGKILL, unless told otherwise. */
const ECS_STOP_TIMEOUT_MS = 30_000;

export type BatchEmulatorOptions = {
  jobQueues: readonly JobQueue[];
  jobDefinitions: readonly JobDefinitionInput[];
  /** Runs before the job's command: the ENTRYPOINT of the image. */
  entryPoint?: readonly string[];
  /** The ENV of the image. */
  imageEnvironment?: Readonly<Record<string, string>>;
  cwd?: string;
  stopTimeoutMs?: number;
  port?: number;
} & Partial<
  Pick<SchedulerOptions, 'gpus' | 'timeoutSecondMs' | 'hostEnvironment' | 'onStateChange' | 'onLog'>
>;

export type BatchEmulator = AsyncDisposable & {
  readonly endpoint: string;
  /** Takes the machine away from a running job, as a Spot interruption does. */
  reclaimHost(batchJobId: string): void;
  /** Process id of a running job's worker. */
  pid(batchJobId: string): number | undefined;
};

/** AWS Batch with one machine: this one. Its containers are child processes. */
export async function startBatch(options: BatchEmulatorOptions): Promise<BatchEmulator> {
  const scheduler = createScheduler({
    gpus: options.gpus ?? 1,
    host: {
      cwd: options.cwd ?? process.cwd(),
      stopTimeoutMs: options.stopTimeoutMs ?? ECS_STOP_TIMEOUT_MS,
    },
    timeoutSecondMs: options.timeoutSecondMs ?? 1_000,
    entryPoint: options.entryPoint ?? [],
    imageEnvironment: options.imageEnvironment ?? {},
    hostEnvironment: options.hostEnvironment ?? {},
    onStateChange: options.onStateChange ?? (() => undefined),
    onLog: options.onLog ?? (() => undefined),
  });
  const resources = {
    jobQueues: options.jobQueues,
    jobDefinitions: options.jobDefinitions.map((definition) =>
      jobDefinitionSchema.parse(definition),
    ),
  };
  const server = await serveOnLoopback(createBatchApi(resources, scheduler), options.port);

  const find = (id: string): Job => {
    const job = scheduler.jobs.get(id);
    if (job === undefined) {
      throw new Error(`there is no Batch job ${id}`);
    }
    return job;
  };

  return {
    endpoint: server.origin,
    reclaimHost: (id) => scheduler.reclaimHost(find(id)),
    pid: (id) => find(id).container?.pid,
    [Symbol.asyncDispose]: async () => {
      await scheduler.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
