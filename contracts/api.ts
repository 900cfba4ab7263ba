import { z } from 'zod';
import { ARTIFACTS, type ArtifactKind } from './artifacts.ts';
import { errorCodeSchema, failureSchema } from './errors.ts';
import { jobIdSchema, uploadIdSchema } from './identifiers.ts';
import { deliveryViewSchema, jobStatusSchema, storedRequestSchema } from './job-record.ts';
import { jobResultSchema } from './job-result.ts';
import { requestIssueSchema } from './request-issues.ts';
import { progressSchema } from './webhook-events.ts';

/** RFC 9457 problem document, with our stable code. */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'urn:reelscribe:problem:<code>' }),
    title: z.string(),
    status: z.int(),
    code: errorCodeSchema,
    detail: z.string().optional(),
    hint: z.string().optional(),
    instance: z.string().optional(),
    requestId: z.string().optional(),
    errors: z.array(requestIssueSchema).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;

export const jobAcceptedSchema = z
  .strictObject({ jobId: jobIdSchema, status: jobStatusSchema, statusUrl: z.string() })
  .meta({ id: 'JobAccepted' });

export type JobAccepted = z.infer<typeof jobAcceptedSchema>;

/** A job as its caller sees it. */
export const jobViewSchema = z
  .strictObject({
    jobId: jobIdSchema,
    status: jobStatusSchema,
    attempt: z.int().nonnegative(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    request: storedRequestSchema,
    progress: progressSchema.optional(),
    result: jobResultSchema.optional(),
    failure: failureSchema.optional(),
    links: z
      .partialRecord(
        z.enum(Object.keys(ARTIFACTS) as [ArtifactKind, ...ArtifactKind[]]),
        z.string(),
      )
      .optional()
      .meta({ description: 'Short-lived links to the artifacts of a finished job.' }),
    webhooks: z.record(z.string(), deliveryViewSchema).optional().meta({
      description: 'Deliveries by event id.',
    }),
  })
  .meta({ id: 'Job' });

export type JobView = z.infer<typeof jobViewSchema>;

export const listQuerySchema = z.strictObject({
  status: jobStatusSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .regex(/^[0-9A-Z]{26}$/, 'not a cursor of this list')
    .optional(),
});

export const jobListSchema = z
  .strictObject({
    jobs: z.array(jobViewSchema.omit({ links: true, webhooks: true })),
    cursor: z
      .string()
      .optional()
      .meta({ description: 'Give it back to read on; absent at the end.' }),
  })
  .meta({ id: 'JobList' });

export type JobList = z.infer<typeof jobListSchema>;

export const uploadRequestSchema = z
  .strictObject({
    bytes: z.int().min(1).meta({ description: 'Exact size of the file.' }),
    contentType: z
      .string()
      .regex(/^(audio|video)\/[\w.+-]+$/)
      .default('video/mp4'),
  })
  .meta({ id: 'UploadRequest' });

export const uploadTicketSchema = z
  .strictObject({
    uploadId: uploadIdSchema,
    url: z.string(),
    fields: z
      .record(z.string(), z.string())
      .meta({ description: 'Form fields to send before the field `file`.' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'UploadTicket' });

export type UploadTicket = z.infer<typeof uploadTicketSchema>;

export const replayRequestSchema = z
  .strictObject({ eventIds: z.array(z.string()).min(1).max(50).optional() })
  .meta({ id: 'ReplayRequest', description: 'Every event of the job, if none is named.' });

export const replayAcceptedSchema = z
  .strictObject({ replayed: z.array(z.string()) })
  .meta({ id: 'ReplayAccepted' });

export const healthSchema = z
  .strictObject({ ok: z.literal(true), version: z.string() })
  .meta({ id: 'Health' });
