import { describe, expect, it } from '@jest/globals';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import type { JobStore } from '#adapters/job-store.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { EXIT_CODES, MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import type { JobChange } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { runJob } from '../../../../gpu-container/src/job/run-job.ts';
import type { WorkerDependencies } from '../../../../gpu-container/src/job/worker-dependencies.ts';
import { JOB_ID, sampleEnvironment, sampleRecord, silentLog } from './sample-job.ts';

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
    reportProgress: async () => (record?.status === 'RUNNING' ? record : undefined),
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
  options: {
    attempt?: number;
    findTools: WorkerDependencies['findTools'];
    s3?: WorkerDependencies['s3'];
  },
): WorkerDependencies {
  return {
    environment: sampleEnvironment(options.attempt),
    store,
    outbox: createEventOutbox({ sqs: {} as never, queueUrl: '', store }),
    log: silentLog(),
    findTools: options.findTools,
    findDevice: async () => ({ device: 'cpu', warnings: [] }),
    s3: options.s3 ?? ({} as never),
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

  it('stops the stages when the job is canceled meanwhile', async () => {
    const job = storeOf(sampleRecord());
    const s3 = {
      send: (_command: unknown, { abortSignal }: { abortSignal?: AbortSignal } = {}) =>
        new Promise((resolve, reject) => {
          // The fetch hangs until it is stopped; what is not of it is answered at once.
          const stop = () => reject(new DOMException('aborted', 'AbortError'));
          abortSignal === undefined ? resolve({}) : abortSignal.addEventListener('abort', stop);
        }),
    };
    const deps = dependencies(job.store, {
      s3: s3 as never,
      findTools: async () => {
        job.become({ status: 'CANCELED' });
        return { ffmpeg: '', ffprobe: '', source: { ffmpeg: 'path', ffprobe: 'path' } };
      },
    });

    expect(await runJob(JOB_ID, deps, NOT_INTERRUPTED)).toBe(EXIT_CODES.SUCCEEDED);
    expect(job.current()?.status).toBe('CANCELED');
    expect(job.current()).not.toHaveProperty('failure');
  });

  it.each([
    ['drops', 'a job that failed for good', new ReelscribeError('INPUT_EMPTY'), 1],
    ['keeps', 'a job that is tried again', new ReelscribeError('MODEL_DOWNLOAD_FAILED'), 0],
  ])('%s the checkpoint of %s', async (_verb, _which, error, deletions) => {
    const sent: string[] = [];
    const s3 = { send: async (command: object) => sent.push(command.constructor.name) };
    const { store } = storeOf(sampleRecord());
    const deps = dependencies(store, { findTools: failsWith(error), s3: s3 as never });

    await runJob(JOB_ID, deps, NOT_INTERRUPTED);

    expect(sent).toEqual(Array(deletions).fill('DeleteObjectCommand'));
  });

  it('refuses to start after the time that the caller set', async () => {
    const { store, current } = storeOf(sampleRecord({}, { notAfter: '2026-01-01T00:00:00Z' }));
    const deps = dependencies(store, { findTools: failsWith(new Error('must not get so far')) });

    expect(await runJob(JOB_ID, deps, NOT_INTERRUPTED)).toBe(EXIT_CODES.FAILED);
    expect(current()?.failure?.code).toBe('DEADLINE_EXCEEDED');
  });

  it('goes on after that time where it was started before', async () => {
    const { store, current } = storeOf(
      sampleRecord(
        { status: 'RUNNING', attempt: 1, startedAt: '2025-12-31T23:59:00.000Z' },
        { notAfter: '2026-01-01T00:00:00Z' },
      ),
    );
    const deps = dependencies(store, {
      attempt: 2,
      findTools: failsWith(new ReelscribeError('INPUT_EMPTY')),
    });

    await runJob(JOB_ID, deps, NOT_INTERRUPTED);

    expect(current()?.failure?.code).toBe('INPUT_EMPTY');
  });
});
