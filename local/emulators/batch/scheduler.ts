import { type ContainerExit, type ContainerHost, startContainer } from './container.ts';
import { isEnded, type Job } from './job.ts';
import { substituteParameters } from './job-definition.ts';
import { decideAfterFailure } from './retry-rules.ts';
import { type JobStateChangeEvent, jobStateChangeEvent } from './state-change-event.ts';

type LogLine = { jobId: string; jobName: string; attempt: number; line: string };

export type SchedulerOptions = {
  /** Jobs that run at once: the GPUs of the compute environment. */
  gpus: number;
  host: ContainerHost;
  /** Real milliseconds in one second of an attempt's timeout; tests make the minute shorter. */
  timeoutSecondMs: number;
  /** What the image runs before the job's command. */
  entryPoint: readonly string[];
  /** What the image sets; the job's own environment wins over it. */
  imageEnvironment: Readonly<Record<string, string>>;
  /** What the machine, not the job, gives the container; it wins over the job's own. */
  hostEnvironment: Readonly<Record<string, string>>;
  onStateChange: (event: JobStateChangeEvent) => void;
  onLog: (line: LogLine) => void;
};

const ESSENTIAL_CONTAINER_EXITED = 'Essential container in task exited';
const TIMED_OUT = 'Job attempt duration exceeded timeout';
const START_FAILED = 'Task failed to start';

export type Scheduler = ReturnType<typeof createScheduler>;

/** Takes jobs through their states, one attempt after the other, as many at once as there are GPUs. */
export function createScheduler(options: SchedulerOptions) {
  const jobs = new Map<string, Job>();
  const running = new Map<Job, Promise<void>>();
  const served = new Map<string, number>();
  let closed = false;

  function move(job: Job, status: Job['status'], statusReason?: string): void {
    job.status = status;
    job.statusReason = statusReason;
    options.onStateChange(jobStateChangeEvent(job));
  }

  function end(job: Job, status: 'SUCCEEDED' | 'FAILED', statusReason: string): void {
    job.stoppedAt = Date.now();
    move(job, status, statusReason);
  }

  function startNext(): void {
    while (!closed && running.size < options.gpus) {
      const job = nextJob([...jobs.values()], served);
      if (job === undefined) {
        return;
      }
      served.set(job.share ?? '', (served.get(job.share ?? '') ?? 0) + 1);
      const attempt = runAttempt(job).finally(() => {
        running.delete(job);
        startNext();
      });
      running.set(job, attempt);
    }
  }

  async function runAttempt(job: Job): Promise<void> {
    const attempt = job.attempts.length + 1;
    move(job, 'STARTING');
    const startedAt = Date.now();
    const container = startContainer(
      {
        command: [...options.entryPoint, ...substituteParameters(job.command, job.parameters)],
        environment: {
          ...options.imageEnvironment,
          ...job.environment,
          ...batchVariables(job, attempt),
          ...options.hostEnvironment,
        },
        onLine: (line) => options.onLog({ jobId: job.id, jobName: job.name, attempt, line }),
      },
      options.host,
    );
    job.container = container;
    if (container.pid !== undefined) {
      job.startedAt = startedAt;
      move(job, 'RUNNING');
    }
    const timer =
      job.timeoutSeconds === undefined
        ? undefined
        : setTimeout(
            () => stop(job, { statusReason: TIMED_OUT, retryable: false }),
            job.timeoutSeconds * options.timeoutSecondMs,
          );
    const exit = await container.ended;
    clearTimeout(timer);
    job.container = undefined;
    finishAttempt(job, attempt, startedAt, exit);
  }

  function finishAttempt(job: Job, attempt: number, startedAt: number, exit: ContainerExit): void {
    const { stopping } = job;
    job.stopping = undefined;
    const statusReason =
      stopping?.statusReason ??
      (exit.exitCode === undefined ? START_FAILED : ESSENTIAL_CONTAINER_EXITED);
    job.attempts.push({
      container: { ...exit, logStreamName: `${job.definition.name}/default/${job.id}-${attempt}` },
      startedAt,
      stoppedAt: Date.now(),
      statusReason,
    });
    const outcome = { ...exit, statusReason };
    if (exit.exitCode === 0 && stopping === undefined) {
      end(job, 'SUCCEEDED', statusReason);
    } else if (
      stopping?.retryable !== false &&
      decideAfterFailure(job.retryStrategy, attempt, outcome) === 'RETRY'
    ) {
      move(job, 'RUNNABLE', statusReason);
    } else {
      end(job, 'FAILED', statusReason);
    }
  }

  function stop(job: Job, why: NonNullable<Job['stopping']>): void {
    job.stopping ??= why;
    job.container?.stop();
  }

  return {
    jobs: jobs as ReadonlyMap<string, Job>,

    add(job: Job): void {
      jobs.set(job.id, job);
      // Batch answers the submission first; the job moves after that.
      setImmediate(() => {
        if (!isEnded(job)) {
          move(job, 'RUNNABLE');
          startNext();
        }
      });
    },

    /** Ends a job for good, whether it runs or still waits. */
    terminate(job: Job, statusReason: string): void {
      if (job.container !== undefined) {
        stop(job, { statusReason, retryable: false });
      } else if (!isEnded(job)) {
        end(job, 'FAILED', statusReason);
      }
    },

    /** Takes the machine away from a running job, as a Spot interruption does. */
    reclaimHost(job: Job): void {
      stop(job, { statusReason: 'Host EC2 (instance i-local) terminated.', retryable: true });
    },

    /** Starts nothing more, stops what runs and waits for its end. */
    async close(): Promise<void> {
      closed = true;
      for (const job of running.keys()) {
        stop(job, { statusReason: 'The emulator was stopped', retryable: false });
      }
      await Promise.all(running.values());
    },
  };
}

/** The share that was served least comes first; within a share the higher priority, then the older job. */
function nextJob(jobs: readonly Job[], served: ReadonlyMap<string, number>): Job | undefined {
  return jobs
    .filter(({ status, stopping }) => status === 'RUNNABLE' && stopping === undefined)
    .toSorted(
      (one, other) =>
        (served.get(one.share ?? '') ?? 0) - (served.get(other.share ?? '') ?? 0) ||
        other.priority - one.priority ||
        one.createdAt - other.createdAt,
    )[0];
}

function batchVariables(job: Job, attempt: number): Record<string, string> {
  return {
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JOB_ATTEMPT: String(attempt),
    AWS_BATCH_JQ_NAME: job.queue.name,
    AWS_BATCH_CE_NAME: 'local',
  };
}
