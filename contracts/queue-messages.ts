import { z } from 'zod';
import { jobIdSchema } from './identifiers.ts';
import { webhookEventSchema } from './webhook-events.ts';

/** On the job queue: everything else about the job is in its record. */
export const jobMessageSchema = z.strictObject({ version: z.literal(1), jobId: jobIdSchema });

export type JobMessage = z.infer<typeof jobMessageSchema>;

/** On the webhook queue: the event to tell; address and secret are looked up at delivery. */
export const webhookMessageSchema = z.strictObject({
  version: z.literal(1),
  jobId: jobIdSchema,
  event: webhookEventSchema,
  /** Tells a replay that the caller asked for from the first delivery, whose attempts it must not count. */
  replayedAt: z.iso.datetime().optional(),
});

export type WebhookMessage = z.infer<typeof webhookMessageSchema>;
