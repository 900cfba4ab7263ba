import { type WorkerEnvironment, workerEnvironmentSchema } from '#contracts/environment.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { type JobRequestInput, jobRequestSchema } from '#contracts/job-request.ts';
import { createLogger, type Logger } from '../../../../gpu-container/src/log/logger.ts';

export const JOB_ID = '01J9Z3X8M4T6V7W8Y9ABCDEFGH';

/** The record of a job that a dispatcher has just handed to Batch. */
export function sampleRecord(
  fields: Partial<JobRecord> = {},
  request: Partial<JobRequestInput> = {},
): JobRecord {
  return {
    jobId: JOB_ID,
    tenant: 'tenant-1',
    status: 'SUBMITTED',
    request: jobRequestSchema.parse({
      input: { s3: { bucket: 'media', key: 'talk.wav' } },
      tasks: { transcription: { model: 'tiny' } },
      webhook: { url: 'https://example.org/hook' },
      ...request,
    }),
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    attempt: 0,
    pendingEvents: {},
    deliveries: {},
    sweep: 'open',
    expiresAt: 4_000_000_000,
    ...fields,
  };
}

/** The environment of the Batch job `batch-1`. */
export function sampleEnvironment(attempt = 1): WorkerEnvironment {
  return workerEnvironmentSchema.parse({
    AWS_REGION: 'us-east-1',
    JOB_TABLE: 'jobs',
    WEBHOOK_QUEUE_URL: 'http://127.0.0.1/queue',
    ARTIFACTS_BUCKET: 'artifacts',
    MAX_INPUT_BYTES: '1000000',
    MAX_MEDIA_SECONDS: '3600',
    DEVICE: 'cpu',
    AWS_BATCH_JOB_ID: 'batch-1',
    AWS_BATCH_JOB_ATTEMPT: String(attempt),
  });
}

export function silentLog(): Logger {
  return Object.assign(createLogger({ jobId: JOB_ID, attempt: 1, batchJobId: 'batch-1' }), {
    level: 'silent',
  });
}
