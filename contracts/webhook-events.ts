import { z } from 'zod';
import { failureSchema } from './errors.ts';
import { jobIdSchema } from './identifiers.ts';
import { jobResultSchema } from './job-result.ts';
import { STAGES } from './stages.ts';

export const progressSchema = z
  .strictObject({
    stage: z.enum(STAGES),
    fraction: z.number().min(0).max(1).meta({ description: 'Of the whole job.' }),
    mediaSeconds: z
      .number()
      .nonnegative()
      .meta({ description: 'Media seconds that this stage has worked through.' }),
    realTimeFactor: z
      .number()
      .nonnegative()
      .optional()
      .meta({ description: 'Media seconds per second, in this stage.' }),
    sequence: z
      .int()
      .positive()
      .meta({ description: 'Rises with every report of a job, over all attempts.' }),
  })
  .meta({ id: 'Progress' });

export type Progress = z.infer<typeof progressSchema>;

/** Stable and without a dot, so that a receiver can deduplicate and a signature can be parsed. */
const eventIdSchema = z.string().regex(/^evt_[0-9A-Z]{26}_[a-z0-9_]+$/);

const subject = { jobId: jobIdSchema, metadata: z.record(z.string(), z.string()) };
const envelope = { id: eventIdSchema, timestamp: z.iso.datetime() };

export const webhookEventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ ...envelope, type: z.literal('job.queued'), data: z.strictObject(subject) }),
    z.strictObject({
      ...envelope,
      type: z.literal('job.running'),
      data: z.strictObject({ ...subject, attempt: z.int().positive() }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('job.progress'),
      data: z.strictObject({ ...subject, attempt: z.int().positive(), progress: progressSchema }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('job.completed'),
      data: z.strictObject({ ...subject, attempt: z.int().positive(), result: jobResultSchema }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('job.failed'),
      data: z.strictObject({ ...subject, attempt: z.int().nonnegative(), failure: failureSchema }),
    }),
    z.strictObject({ ...envelope, type: z.literal('job.canceled'), data: z.strictObject(subject) }),
  ])
  .meta({ id: 'WebhookEvent' });

/** What a webhook is told, and exactly the body of the request: `id` is its `webhook-id` header too. */
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** `evt_<jobId>_<what>`: the same change of the same job always has the same id. */
export function eventId(jobId: string, what: string): string {
  return `evt_${jobId}_${what}`;
}
