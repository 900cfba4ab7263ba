import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  healthSchema,
  jobAcceptedSchema,
  jobListSchema,
  jobViewSchema,
  listQuerySchema,
  replayAcceptedSchema,
  replayRequestSchema,
  uploadRequestSchema,
  uploadTicketSchema,
} from '../api.ts';
import { jobIdSchema } from '../identifiers.ts';
import { jobRequestSchema } from '../job-request.ts';
import * as examples from './examples.ts';
import { BODY_PROBLEMS, problemResponses } from './problem-responses.ts';

const jobPath = { path: z.object({ jobId: jobIdSchema }) };

const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  .meta({
    description:
      'Names this request, for 24 hours. Repeated with the same body it answers with the same job and creates none; with another body it is refused.',
    example: '6f1c0d1e-9f6b-4f0e-8d0c-3f6a2f1f7a55',
  });

/** Every route of the API, as OpenAPI path items. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/jobs': {
    post: {
      operationId: 'createJob',
      summary: 'Queue a job',
      tags: ['jobs'],
      requestParams: { header: z.object({ 'Idempotency-Key': idempotencyKeySchema }) },
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: jobRequestSchema,
            examples: {
              s3: { summary: 'A file in S3', value: examples.s3Request },
              speakers: { summary: 'Who says what', value: examples.speakersRequest },
              upload: { summary: 'An uploaded file', value: examples.uploadRequest },
            },
          },
        },
      },
      responses: {
        '202': {
          description: 'Accepted; the job will run, whatever happens to this connection.',
          headers: z.object({ Location: z.string().meta({ description: 'The job itself.' }) }),
          content: {
            'application/json': { schema: jobAcceptedSchema, example: examples.accepted },
          },
        },
        ...problemResponses(
          ...BODY_PROBLEMS,
          'URL_NOT_ALLOWED',
          'WEBHOOK_URL_NOT_ALLOWED',
          'BUCKET_NOT_ALLOWED',
          'UPLOAD_NOT_FOUND',
          'IDEMPOTENCY_KEY_IN_FLIGHT',
          'IDEMPOTENCY_KEY_REUSED',
          'NOT_AVAILABLE',
          'MODEL_NOT_FOUND',
        ),
      },
    },
    get: {
      operationId: 'listJobs',
      summary: 'List your jobs, newest first',
      description:
        'With a `status`, a page may hold fewer jobs than `limit` and still have a cursor.',
      tags: ['jobs'],
      requestParams: { query: listQuerySchema },
      responses: {
        '200': {
          description: 'A page of jobs.',
          content: { 'application/json': { schema: jobListSchema, example: examples.jobList } },
        },
        ...problemResponses('INVALID_REQUEST'),
      },
    },
  },
  '/v1/jobs/{jobId}': {
    get: {
      operationId: 'getJob',
      summary: 'Read a job',
      tags: ['jobs'],
      requestParams: jobPath,
      responses: {
        '200': {
          description:
            'The job. One that has succeeded carries links to its artifacts, each good for 15 minutes.',
          content: { 'application/json': { schema: jobViewSchema, example: examples.job } },
        },
        ...problemResponses('JOB_NOT_FOUND'),
      },
    },
    delete: {
      operationId: 'deleteJob',
      summary: 'Delete a finished job and its artifacts',
      tags: ['jobs'],
      requestParams: jobPath,
      responses: {
        '204': { description: 'Deleted.' },
        ...problemResponses('JOB_NOT_FOUND', 'JOB_NOT_FINISHED'),
      },
    },
  },
  '/v1/jobs/{jobId}/cancel': {
    post: {
      operationId: 'cancelJob',
      summary: 'Cancel a job',
      tags: ['jobs'],
      requestParams: jobPath,
      responses: {
        '200': {
          description: 'The job, canceled now or before.',
          content: { 'application/json': { schema: jobViewSchema } },
        },
        ...problemResponses('JOB_NOT_FOUND', 'JOB_ALREADY_FINISHED'),
      },
    },
  },
  '/v1/jobs/{jobId}/webhooks/replay': {
    post: {
      operationId: 'replayWebhooks',
      summary: "Send a job's events again",
      tags: ['webhooks'],
      requestParams: jobPath,
      requestBody: { content: { 'application/json': { schema: replayRequestSchema } } },
      responses: {
        '202': {
          description: 'The ids of the events that will be delivered once more.',
          content: {
            'application/json': { schema: replayAcceptedSchema, example: examples.replayed },
          },
        },
        ...problemResponses(...BODY_PROBLEMS, 'JOB_NOT_FOUND', 'WEBHOOK_NOT_CONFIGURED'),
      },
    },
  },
  '/v1/uploads': {
    post: {
      operationId: 'createUpload',
      summary: 'Get a form with which to upload a file',
      description:
        'POST the fields and then the file, as multipart/form-data, to `url` within 15 minutes; then name the `uploadId` as a job’s input.',
      tags: ['uploads'],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: uploadRequestSchema,
            example: { bytes: 52_428_800, contentType: 'video/mp4' },
          },
        },
      },
      responses: {
        '201': {
          description: 'The form. S3 takes a file of exactly the size and type that were named.',
          content: { 'application/json': { schema: uploadTicketSchema, example: examples.ticket } },
        },
        ...problemResponses(...BODY_PROBLEMS, 'INPUT_TOO_LARGE'),
      },
    },
  },
  '/v1/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      summary: 'Read this document',
      tags: ['service'],
      responses: {
        '200': {
          description: 'OpenAPI 3.1.',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        ...problemResponses(),
      },
    },
  },
  '/v1/health': {
    get: {
      operationId: 'getHealth',
      summary: 'Ask whether the API answers',
      tags: ['service'],
      security: [],
      responses: {
        '200': {
          description: 'It does.',
          content: {
            'application/json': { schema: healthSchema, example: { ok: true, version: '0.1.0' } },
          },
        },
        ...problemResponses(),
      },
    },
  },
};
