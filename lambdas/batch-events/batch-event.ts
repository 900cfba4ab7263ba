import { z } from 'zod';

const containerSchema = z.object({
  exitCode: z.int().optional(),
  reason: z.string().optional(),
});

/** How a job ended, in the words of AWS Batch. */
export const endedJobSchema = z.object({
  jobId: z.string().min(1),
  jobName: z.string().min(1),
  status: z.enum(['SUCCEEDED', 'FAILED']),
  statusReason: z.string().optional(),
  container: containerSchema.optional(),
  attempts: z.array(z.object({ container: containerSchema.optional() })).default([]),
});

export type EndedJob = z.infer<typeof endedJobSchema>;

/**
 * The events of AWS Batch that concern us; their other fields are many, grow,
 * and are not read.
 * https://docs.aws.amazon.com/batch/latest/userguide/batch_cwe_events.html
 */
export const batchEventSchema = z.union([
  z.object({ 'detail-type': z.literal('Batch Job State Change'), detail: endedJobSchema }),
  z.object({
    'detail-type': z.literal('Batch Job Queue Blocked'),
    detail: z.object({
      jobQueue: z.string().min(1),
      jobName: z.string().optional(),
      statusReason: z.string().optional(),
    }),
  }),
]);

export type BatchEvent = z.infer<typeof batchEventSchema>;
export type QueueBlocked = Extract<
  BatchEvent,
  { 'detail-type': 'Batch Job Queue Blocked' }
>['detail'];
