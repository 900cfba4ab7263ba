import type { JobRecord } from '#contracts/job-record.ts';
import { type JobRequestInput, jobRequestSchema } from '#contracts/job-request.ts';
import type { JobResult } from '#contracts/job-result.ts';

export const JOB_ID = '01J9Z3X8M4T6V7W8Y9ABCDEFGH';

export const at = (second: number) => `2025-01-15T10:00:${String(second).padStart(2, '0')}.000Z`;

/** A queued record, with a webhook for every event unless the request says otherwise. */
export function queuedRecord(
  overrides: Partial<JobRecord> = {},
  request: Partial<JobRequestInput> = {},
): JobRecord {
  return {
    jobId: JOB_ID,
    tenant: 'tenant-a',
    status: 'QUEUED',
    request: jobRequestSchema.parse({
      input: { s3: { bucket: 'media', key: 'a.mp4' } },
      tasks: { transcription: {} },
      webhook: { url: 'https://hooks.example.com/' },
      metadata: { talk: '42' },
      ...request,
    }),
    createdAt: at(0),
    updatedAt: at(0),
    attempt: 0,
    pendingEvents: {},
    deliveries: {},
    sweep: 'open',
    expiresAt: 2_000_000_000,
    ...overrides,
  };
}

export const result: JobResult = {
  artifacts: [],
  tasks: { transcription: { status: 'SUCCEEDED', wallSeconds: 1 } },
  warnings: [],
  language: 'en',
  durationSeconds: 60,
  metrics: {
    wallSeconds: 2,
    coldStartSeconds: 1,
    realTimeFactor: 30,
    peakRssBytes: 1,
    device: 'cpu',
  },
};

export const failure = {
  code: 'INPUT_EMPTY' as const,
  message: 'empty',
  hint: 'send more',
  retryable: false,
};
