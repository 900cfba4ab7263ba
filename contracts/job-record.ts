import { z } from 'zod';
import { failureSchema } from './errors.ts';
import { jobIdSchema } from './identifiers.ts';
import type { JobRequest } from './job-request.ts';
import { jobResultSchema } from './job-result.ts';
import { progressSchema, webhookEventSchema } from './webhook-events.ts';

export const JOB_STATUSES = [
  'QUEUED',
  'SUBMITTED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'CANCELED',
] as const;

export const jobStatusSchema = z.enum(JOB_STATUSES).meta({ id: 'JobStatus' });

export type JobStatus = z.infer<typeof jobStatusSchema>;

/**
 * Which status can follow which. RUNNING follows itself when an attempt is
 * repeated; SUBMITTED goes back to QUEUED when AWS Batch refused the job.
 */
export const NEXT_STATUSES: Record<JobStatus, readonly JobStatus[]> = {
  QUEUED: ['SUBMITTED', 'FAILED', 'CANCELED'],
  SUBMITTED: ['QUEUED', 'RUNNING', 'FAILED', 'CANCELED'],
  RUNNING: ['RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELED: [],
};

export function isFinal(status: JobStatus): boolean {
  return NEXT_STATUSES[status].length === 0;
}

/** One try at telling a webhook; the answer's body is never kept. */
export const deliveryAttemptSchema = z.strictObject({
  at: z.iso.datetime(),
  outcome: z.enum(['delivered', 'refused', 'failed', 'gone']),
  status: z.int().optional(),
  durationMs: z.number().nonnegative(),
  /** Requests in quick succession, where connections were lost at once; 1 if absent. */
  tries: z.int().positive().optional(),
  reason: z.string().max(200).optional(),
});

/** What became of an event's deliveries, as the job's caller sees it. */
export const deliveryViewSchema = z
  .strictObject({
    state: z.enum(['pending', 'delivered', 'given-up']),
    nextAttemptAt: z.iso.datetime().optional(),
    attempts: z.array(deliveryAttemptSchema),
  })
  .meta({ id: 'Delivery' });

const deliverySchema = deliveryViewSchema.extend({
  /** An attempt is under way, and until then nobody else makes one. */
  attemptingUntil: z.iso.datetime().optional(),
});

export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;
export type Delivery = z.infer<typeof deliverySchema>;

/** Validated when the job was accepted; a later version's schema must not make an old record unreadable. */
export const storedRequestSchema = z.custom<JobRequest>(
  (value) => typeof value === 'object' && value !== null,
);

/** Fields that a later version has added are passed over: workers of the version before run on for hours. */
export const jobRecordSchema = z.object({
  jobId: jobIdSchema,
  tenant: z.string().min(1),
  status: jobStatusSchema,
  request: storedRequestSchema,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** When the job message last went to the queue; absent until then, which the sweeper looks for. */
  enqueuedAt: z.iso.datetime().optional(),
  claimedAt: z.iso.datetime().optional(),
  batchJobId: z.string().optional(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  attempt: z.int().nonnegative(),
  progress: progressSchema.optional(),
  result: jobResultSchema.optional(),
  failure: failureSchema.optional(),
  /** Events of state changes that are not yet known to be in the webhook queue, by event id. */
  pendingEvents: z.record(z.string(), webhookEventSchema),
  deliveries: z.record(z.string(), deliverySchema),
  /** Present while the sweeper has to look at the record: it is open, or has pending events. */
  sweep: z.literal('open').optional(),
  /** Epoch seconds at which DynamoDB may delete the record. */
  expiresAt: z.int().positive(),
});

export type JobRecord = z.infer<typeof jobRecordSchema>;
