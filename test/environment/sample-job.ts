import { ulid } from 'ulid';
import type { Failure } from '#contracts/errors.ts';
import { queuedEvent } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { type JobRequestInput, jobRequestSchema } from '#contracts/job-request.ts';
import type { JobResult } from '#contracts/job-result.ts';

/** A record as the API writes it, before anything has happened; without its `job.queued` event. */
export function queuedRecord(
  at: Date,
  request: Partial<JobRequestInput> = {},
  fields: Partial<JobRecord> = {},
): JobRecord {
  const createdAt = at.toISOString();
  return {
    jobId: ulid(at.getTime()),
    tenant: 'tenant-a',
    status: 'QUEUED',
    request: jobRequestSchema.parse({
      input: { url: 'https://media.example.org/talk.mp4' },
      tasks: { transcription: {} },
      ...request,
    }),
    createdAt,
    updatedAt: createdAt,
    attempt: 0,
    pendingEvents: {},
    deliveries: {},
    sweep: 'open',
    expiresAt: Math.floor(at.getTime() / 1_000) + 86_400,
    ...fields,
  };
}

/** The same record with its `job.queued` event still to be sent. */
export function withQueuedEvent(record: JobRecord): JobRecord {
  const pendingEvents = Object.fromEntries(queuedEvent(record).map((event) => [event.id, event]));
  return { ...record, pendingEvents };
}

/** What the worker tells of a job that succeeded. */
export function sampleResult(artifacts: JobResult['artifacts'] = []): JobResult {
  return {
    artifacts,
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
}

export const sampleFailure: Failure = {
  code: 'INPUT_EMPTY',
  message: 'empty',
  hint: 'send more',
  retryable: false,
};
