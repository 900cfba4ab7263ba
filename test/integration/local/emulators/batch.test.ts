import { randomUUID } from 'node:crypto';
import {
  BatchClient,
  ClientException,
  DescribeJobsCommand,
  type JobDetail,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { JobDefinitionInput } from '../../../../local/emulators/batch/job-definition.ts';
import {
  type BatchEmulator,
  type BatchEmulatorOptions,
  startBatch,
} from '../../../../local/emulators/batch/start-batch.ts';
import type { JobStateChangeEvent } from '../../../../local/emulators/batch/state-change-event.ts';

const RULES = [
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onExitCode: '75', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
];

/** A definition whose container runs a line of JavaScript. */
function definition(script: string, rest: Partial<JobDefinitionInput> = {}): JobDefinitionInput {
  return {
    name: 'worker',
    container: {
      image: 'image',
      command: [process.execPath, '-e', script],
      environment: [{ name: 'FROM_TEMPLATE', value: 'yes' }],
    },
    retryStrategy: { attempts: 3, evaluateOnExit: RULES },
    ...rest,
  };
}

let batch: BatchEmulator;
let client: BatchClient;
let events: JobStateChangeEvent['detail'][];
let lines: string[];

async function start(
  jobDefinition: JobDefinitionInput,
  options: Partial<BatchEmulatorOptions> = {},
): Promise<void> {
  events = [];
  lines = [];
  batch = await startBatch({
    jobQueues: [{ name: 'main', fairShare: false }],
    jobDefinitions: [jobDefinition],
    stopTimeoutMs: 300,
    onStateChange: (event) => events.push(event.detail),
    onLog: ({ line }) => lines.push(line),
    ...options,
  });
  client = new BatchClient({
    endpoint: batch.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

async function submit(input: Partial<SubmitJobCommandInput> = {}): Promise<string> {
  const { jobId = '' } = await client.send(
    new SubmitJobCommand({
      jobName: `job-${randomUUID()}`,
      jobQueue: 'main',
      jobDefinition: 'worker',
      ...input,
    }),
  );
  return jobId;
}

async function describeJob(jobId: string): Promise<JobDetail> {
  const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
  return jobs[0] as JobDetail;
}

async function until(jobId: string, ...statuses: string[]): Promise<JobDetail> {
  for (;;) {
    const job = await describeJob(jobId);
    if (statuses.includes(job.status ?? '')) {
      return job;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const untilEnded = (jobId: string) => until(jobId, 'SUCCEEDED', 'FAILED');

async function untilLogged(line: string): Promise<void> {
  while (!lines.includes(line)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Announces itself, then ignores SIGTERM. */
const STUBBORN = `process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1000); console.log('up')`;
/** Announces itself, then ends on SIGTERM with the transient exit code. */
const POLITE = `process.on('SIGTERM', () => process.exit(75)); setInterval(() => {}, 1000); console.log('up')`;

afterEach(async () => {
  client.destroy();
  await batch[Symbol.asyncDispose]();
});

describe('a job', () => {
  it('runs its command, tells its states in order and ends SUCCEEDED', async () => {
    await start(definition('process.exit(0)'));
    const jobId = await submit({ jobName: 'first' });
    const job = await untilEnded(jobId);

    expect(job).toMatchObject({
      jobName: 'first',
      status: 'SUCCEEDED',
      container: { exitCode: 0 },
    });
    expect(job.attempts).toHaveLength(1);
    expect(events.map(({ status }) => status)).toEqual([
      'RUNNABLE',
      'STARTING',
      'RUNNING',
      'SUCCEEDED',
    ]);
  });

  it('sees the environment of image, definition, Batch and host, and nothing of ours', async () => {
    process.env['SECRET_OF_THE_PARENT'] = 'leak';
    await start(definition('console.log(JSON.stringify(process.env))'), {
      imageEnvironment: { FROM_IMAGE: 'yes', FROM_TEMPLATE: 'no', DEVICE: 'cuda' },
      hostEnvironment: { DEVICE: 'cpu' },
    });
    const jobId = await submit({
      containerOverrides: { environment: [{ name: 'OVERRIDE', value: '1' }] },
    });
    await untilEnded(jobId);
    delete process.env['SECRET_OF_THE_PARENT'];

    expect(JSON.parse(lines[0] ?? '')).toEqual({
      FROM_IMAGE: 'yes',
      FROM_TEMPLATE: 'yes',
      OVERRIDE: '1',
      DEVICE: 'cpu',
      AWS_BATCH_JOB_ID: jobId,
      AWS_BATCH_JOB_ATTEMPT: '1',
      AWS_BATCH_JQ_NAME: 'main',
      AWS_BATCH_CE_NAME: 'local',
    });
  });

  it('gets its parameters into its command', async () => {
    await start(
      definition('', {
        container: {
          image: 'image',
          command: [process.execPath, '-p', 'process.argv[1]', 'Ref::jobId'],
        },
      }),
    );
    await untilEnded(await submit({ parameters: { jobId: '01J9' } }));
    expect(lines).toEqual(['01J9']);
  });

  it('is tried again on the exit code that a rule names, up to the attempts, and counts them', async () => {
    await start(definition('console.log(process.env.AWS_BATCH_JOB_ATTEMPT); process.exit(75)'));
    const job = await untilEnded(await submit());
    expect(lines).toEqual(['1', '2', '3']);
    expect(job.status).toBe('FAILED');
    expect(job.attempts?.map(({ container }) => container?.exitCode)).toEqual([75, 75, 75]);
    expect(events.map(({ status }) => status)).toEqual([
      ...['RUNNABLE', 'STARTING', 'RUNNING'],
      ...['RUNNABLE', 'STARTING', 'RUNNING'],
      ...['RUNNABLE', 'STARTING', 'RUNNING'],
      'FAILED',
    ]);
  });

  it('is not tried again on another exit code', async () => {
    await start(definition('process.exit(65)'));
    const job = await untilEnded(await submit());
    expect(job.attempts).toHaveLength(1);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { exitCode: 65 },
    });
  });

  it('is tried again where no rule matches', async () => {
    await start(
      definition('process.exit(1)', {
        retryStrategy: { attempts: 2, evaluateOnExit: [{ onExitCode: '65', action: 'EXIT' }] },
      }),
    );
    expect((await untilEnded(await submit())).attempts).toHaveLength(2);
  });

  it('that is killed ends with the exit code of the signal', async () => {
    await start(definition(`process.kill(process.pid, 'SIGKILL')`));
    expect((await untilEnded(await submit())).container?.exitCode).toBe(137);
  });

  it('whose command does not exist fails with a reason and no exit code', async () => {
    await start(definition('', { container: { image: 'image', command: ['/no/such/command'] } }));
    const job = await untilEnded(await submit());
    expect(job.container?.exitCode).toBeUndefined();
    expect(job.container?.reason).toContain('CannotStartContainerError');
    expect(events.map(({ status }) => status)).toEqual(['RUNNABLE', 'STARTING', 'FAILED']);
  });
});

describe('stopping', () => {
  it('sends SIGTERM and, when that is not heeded, SIGKILL after the stop timeout', async () => {
    await start(definition(STUBBORN));
    const jobId = await submit();
    await untilLogged('up');
    await client.send(new TerminateJobCommand({ jobId, reason: 'no longer wanted' }));
    const job = await untilEnded(jobId);

    expect(lines).toEqual(['up', 'asked']);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'no longer wanted',
      container: { exitCode: 137 },
    });
  });

  it('does not try a terminated job again, even on an exit code that a rule names', async () => {
    await start(definition(POLITE));
    const jobId = await submit();
    await untilLogged('up');
    await client.send(new TerminateJobCommand({ jobId, reason: 'canceled' }));
    const job = await untilEnded(jobId);
    expect(job.container?.exitCode).toBe(75);
    expect(job.attempts).toHaveLength(1);
  });

  it('ends a job that still waits without starting it', async () => {
    await start(definition(POLITE));
    const first = await submit();
    await until(first, 'RUNNING');
    const second = await submit();
    await until(second, 'RUNNABLE');
    await client.send(new TerminateJobCommand({ jobId: second, reason: 'canceled' }));
    expect(await describeJob(second)).toMatchObject({ status: 'FAILED', attempts: [] });
  });

  it('stops an attempt at its timeout and does not try it again', async () => {
    await start(definition(STUBBORN, { timeout: { attemptDurationSeconds: 60 } }), {
      timeoutSecondMs: 10,
    });
    const job = await untilEnded(await submit());
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
      container: { exitCode: 137 },
    });
    expect(job.attempts).toHaveLength(1);
  });

  it('tries a job again whose machine was taken away', async () => {
    await start(
      definition(`if (process.env.AWS_BATCH_JOB_ATTEMPT === '2') process.exit(0); ${POLITE}`),
    );
    const jobId = await submit();
    await untilLogged('up');
    batch.reclaimHost(jobId);
    const job = await untilEnded(jobId);
    expect(job.status).toBe('SUCCEEDED');
    expect(job.attempts?.[0]?.statusReason).toMatch(/^Host EC2/);
  });

  it('takes along what the worker started', async () => {
    await start(
      definition(
        `const { spawn } = require('node:child_process');
         const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
         console.log(child.pid); setInterval(() => {}, 1000)`,
      ),
    );
    const jobId = await submit();
    while (lines.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const grandchild = Number(lines[0]);
    expect(() => process.kill(grandchild, 0)).not.toThrow();
    await client.send(new TerminateJobCommand({ jobId, reason: 'canceled' }));
    await untilEnded(jobId);
    await expect(untilGone(grandchild)).resolves.toBe(true);
  });
});

async function untilGone(pid: number): Promise<boolean> {
  for (;;) {
    try {
      process.kill(pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } catch {
      return true;
    }
  }
}

describe('the queue', () => {
  it('runs no more jobs at once than there are GPUs', async () => {
    await start(definition('setTimeout(() => {}, 100)'), { gpus: 1 });
    const ids = await Promise.all([submit(), submit(), submit()]);
    const jobs = await Promise.all(ids.map(untilEnded));
    const spans = jobs
      .map(({ startedAt = 0, stoppedAt = 0 }) => ({ startedAt, stoppedAt }))
      .toSorted((one, other) => one.startedAt - other.startedAt);
    for (const [index, span] of spans.slice(1).entries()) {
      expect(span.startedAt).toBeGreaterThanOrEqual(spans[index]?.stoppedAt ?? 0);
    }
  });

  it('serves tenants in turn and, within one, the higher priority first', async () => {
    const holding = `console.log(process.env.NAME); if (process.env.NAME === 'holder') setInterval(() => {}, 1000)`;
    await start(definition(holding), { jobQueues: [{ name: 'main', fairShare: true }] });
    const job = (name: string, shareIdentifier: string, priority: number) =>
      submit({
        shareIdentifier,
        schedulingPriorityOverride: priority,
        containerOverrides: { environment: [{ name: 'NAME', value: name }] },
      });
    const holder = await job('holder', 'a', 0);
    await untilLogged('holder');
    const ids = await Promise.all([job('a-low', 'a', 0), job('a-high', 'a', 5), job('b', 'b', 0)]);
    await Promise.all(ids.map((id) => until(id, 'RUNNABLE')));
    await client.send(new TerminateJobCommand({ jobId: holder, reason: 'enough' }));
    await Promise.all(ids.map(untilEnded));
    expect(lines).toEqual(['holder', 'b', 'a-high', 'a-low']);
  });

  it('lists jobs by name, whatever their status', async () => {
    await start(definition('process.exit(65)'));
    const jobId = await submit({ jobName: '01J9Z3X8M4T6V7W8Y9ABCDEFGH' });
    await submit({ jobName: 'other' });
    await untilEnded(jobId);
    const { jobSummaryList } = await client.send(
      new ListJobsCommand({
        jobQueue: 'main',
        filters: [{ name: 'JOB_NAME', values: ['01J9Z3X8M4T6V7W8Y9ABCDEFGH'] }],
      }),
    );
    expect(jobSummaryList?.map((summary) => [summary.jobId, summary.status])).toEqual([
      [jobId, 'FAILED'],
    ]);
  });
});

describe('what does not fit', () => {
  it('is refused as a ClientException with the field in its message', async () => {
    await start(definition(''));
    await expect(submit({ jobName: 'with space' })).rejects.toThrow(ClientException);
    await expect(submit({ jobQueue: 'none' })).rejects.toThrow('JobQueue none not found');
    await expect(submit({ jobDefinition: 'none' })).rejects.toThrow('JobDefinition none not found');
    await expect(submit({ shareIdentifier: 'tenant' })).rejects.toThrow(ClientException);
    await expect(
      submit({ containerOverrides: { environment: [{ name: 'AWS_BATCH_X', value: '1' }] } }),
    ).rejects.toThrow('AWS_BATCH_X');
  });

  it('is refused where a fair-share queue is not told whose job it is', async () => {
    await start(definition(''), { jobQueues: [{ name: 'main', fairShare: true }] });
    await expect(submit()).rejects.toThrow('shareIdentifier');
    await expect(submit({ shareIdentifier: 'with-hyphen' })).rejects.toThrow(ClientException);
  });

  it('is not a job that DescribeJobs does not know', async () => {
    await start(definition(''));
    const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [randomUUID()] }));
    expect(jobs).toEqual([]);
  });
});
