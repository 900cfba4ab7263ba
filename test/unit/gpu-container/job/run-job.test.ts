import { describe, expect, it } from '@jest/globals';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import type { JobStore } from '#adapters/job-store.ts';
import { workerEnvironmentSchema } from '#contracts/environment.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { EXIT_CODES, MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import type { JobChange } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { runJob } from '../../../../gpu-container/src/job/run-job.ts';
import type { WorkerDependencies } from '../../../../gpu-container/src/job/worker-dependencies.ts';
import { createLogger } from '../../../../gpu-container/src/log/logger.ts';
import { JOB_ID, sampleRecord } from './sample-job.ts';

/** A store of one record that accepts a change where its description allows it. */
function storeOf(initial: JobRecord | undefined) {
  let record = initial;
  const changes: JobChange[] = [];
  const store = {
    get: async () => record,
    apply: async (_jobId: string, change: JobChange) => {
      const owner = record?.batchJobId;
      if (
        record === undefined ||
        !change.from.includes(record.status) ||
        (change.ownedBy !== undefined && owner !== undefined && owner !== change.ownedBy)
      ) {
        return undefined;
      }
      changes.push(change);
      record = { ...record, ...change.set, status: change.to };
      return record;
    },
    reportProgress: async () => record,
    clearEvent: async () => record,
    settle: async () => {},
  } satisfies Partial<JobStore>;
  return {
    store: store as unknown as JobStore,
    changes,
    current: () => record,
    become(fields: Partial<JobRecord>) {
      record = { ...record!, ...fields };
    },
  };
}

function dependencies(
  store: JobStore,
  options: { attempt?: number; findTools: WorkerDependencies['findTools'] },
): WorkerDependencies {
  return {
    environment: workerEnvironmentSchema.parse({
      JOB_TABLE: 'jobs',
      WEBHOOK_QUEUE_URL: 'http://127.0.0.1/queue',
      ARTIFACTS_BUCKET: 'artifacts',
      MAX_INPUT_BYTES: '1000000',
      MAX_MEDIA_SECONDS: '3600',
      DEVICE: 'cpu',
      AWS_BATCH_JOB_ID: 'batch-1',
      AWS_BATCH_JOB_ATTEMPT: String(options.attempt ?? 1),
    }),
    store,
    outbox: createEventOutbox({ sqs: {} as never, queueUrl: '', store }),
    log: Object.assign(createLogger({ jobId: JOB_ID, attempt: 1, batchJobId: 'batch-1' }), {
      level: 'silent',
    }),
    findTools: options.findTools,
    s3: {} as never,
    agent: {} as never,
    models: {} as never,
  };
}

const failsWith = (error: Error) => () => Promise.reject(error);
const NOT_INTERRUPTED = new AbortController().signal;

describe('one attempt of a job', () => {
  it('does nothing where the record is gone, final, or owned by another run', async () => {
    const records = [
      undefined,
      sampleRecord({ status: 'CANCELED' }),
      sampleRecord({ status: 'SUCCEEDED' }),
      sampleRecord({ batchJobId: 'batch-2' }),
    ];
    for (const record of records) {
      const { store, changes } = storeOf(record);
      const deps = dependencies(store, { findTools: failsWith(new Error('must not get so far')) });

      expect(await runJob(JOB_ID, deps, NOT_INTERRUPTED)).toBe(EXIT_CODES.SUCCEEDED);
      expect(changes).toEqual([]);
    }
  });

  it('fails for good, with code and event, where the input can never work', async () => {
    const { store, changes, current } = storeOf(sampleRecord());
    const deps = dependencies(store, { findTools: failsWith(new ReelscribeError('INPUT_EMPTY')) });

    expect(await runJob(JOB_ID, deps, NOT_INTERRUPTED)).toBe(EXIT_CODES.FAILED);

    expect(changes.map(({ to }) => to)).toEqual(['RUNNING', 'FAILED']);
    expect(changes[1]?.event?.type).toBe('job.failed');
    expect(current()?.failure?.code).toBe('INPUT_EMPTY');
  });

  it('asks for another attempt after a passing failure, and fails on the last one', async () => {
    const findTools = failsWith(new ReelscribeError('MODEL_DOWNLOAD_FAILED'));
    const first = storeOf(sampleRecord());
    const last = storeOf(sampleRecord());

    expect(await runJob(JOB_ID, dependencies(first.store, { findTools }), NOT_INTERRUPTED)).toBe(
      EXIT_CODES.TRANSIENT,
    );
    expect(first.current()?.status).toBe('RUNNING');

    const deps = dependencies(last.store, { findTools, attempt: MAX_ATTEMPTS });
    expect(await runJob(JOB_ID, deps, NOT_INTERRUPTED)).toBe(EXIT_CODES.FAILED);
    expect(last.current()?.failure?.code).toBe('MODEL_DOWNLOAD_FAILED');
  });

  it('keeps the text of a defect of ours out of the record', async () => {
    const { store, current } = storeOf(sampleRecord());
    const deps = dependencies(store, {
      findTools: failsWith(new TypeError('secret of /home/user')),
      attempt: MAX_ATTEMPTS,
    });

    await runJob(JOB_ID, deps, NOT_INTERRUPTED);

    expect(current()?.failure?.code).toBe('INTERNAL');
    expect(JSON.stringify(current())).not.toContain('secret');
  });

  it('leaves the record running for the next attempt when the machine is taken away', async () => {
    const interruption = new AbortController();
    const { store, current } = storeOf(sampleRecord());
    const deps = dependencies(store, {
      attempt: MAX_ATTEMPTS,
      findTools: () => {
        interruption.abort(new ReelscribeError('INTERRUPTED'));
        return Promise.reject(interruption.signal.reason);
      },
    });

    expect(await runJob(JOB_ID, deps, interruption.signal)).toBe(EXIT_CODES.TRANSIENT);
    expect(current()?.status).toBe('RUNNING');
  });

  it('does not overwrite a cancellation that came while it ran', async () => {
    const job = storeOf(sampleRecord());
    const deps = dependencies(job.store, {
      findTools: () => {
        job.become({ status: 'CANCELED' });
        return Promise.reject(new ReelscribeError('INPUT_EMPTY'));
      },
    });

    await runJob(JOB_ID, deps, NOT_INTERRUPTED);

    expect(job.current()?.status).toBe('CANCELED');
    expect(job.changes.map(({ to }) => to)).toEqual(['RUNNING']);
  });

  it('refuses to start after the time that the caller set', async () => {
    const { store, current } = storeOf(sampleRecord({}, { notAfter: '2026-01-01T00:00:00Z' }));
    const deps = dependencies(store, { findTools: failsWith(new Error('must not get so far')) });

    expect(await runJob(JOB_ID, deps, NOT_INTERRUPTED)).toBe(EXIT_CODES.FAILED);
    expect(current()?.failure?.code).toBe('DEADLINE_EXCEEDED');
  });
});
