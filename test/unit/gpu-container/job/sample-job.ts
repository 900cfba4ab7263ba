import type { JobRecord } from '#contracts/job-record.ts';
import { type JobRequestInput, jobRequestSchema } from '#contracts/job-request.ts';

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
