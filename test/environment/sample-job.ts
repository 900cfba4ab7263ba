import { ulid } from 'ulid';
import { queuedEvent } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { type JobRequestInput, jobRequestSchema } from '#contracts/job-request.ts';

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
