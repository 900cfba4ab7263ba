import { z } from 'zod';
import { createDocument, type ZodOpenApiPathItemObject } from 'zod-openapi';
import { embeddingsSchema } from '../embeddings.ts';
import { storedRequestSchema } from '../job-record.ts';
import { manifestSchema } from '../job-result.ts';
import { transcriptSchema } from '../transcript.ts';
import { webhookEventSchema } from '../webhook-events.ts';
import { failedEvent } from './examples.ts';
import { paths } from './paths.ts';
import { problemExamples } from './problem-responses.ts';

/**
 * The OpenAPI 3.1 description of the API, its webhooks and the documents that a
 * job leaves behind, made from the schemas that check them.
 *
 * @param version The version of Reelscribe.
 */
export function openApiDocument(version: string): ReturnType<typeof createDocument> {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Reelscribe',
        version,
        summary: 'Turns audio and video into transcripts.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      security: [{ apiKey: [] }],
      tags: [{ name: 'jobs' }, { name: 'webhooks' }, { name: 'uploads' }, { name: 'service' }],
      paths,
      webhooks: { event: webhook },
      components: {
        securitySchemes: {
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description:
              'An API Gateway key. A deployment made with IAM authentication takes AWS Signature Version 4 instead.',
          },
        },
        examples: problemExamples(),
        schemas: {
          Transcript: transcriptSchema,
          Embeddings: embeddingsSchema,
          Manifest: manifestSchema,
        },
      },
    },
    {
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema === storedRequestSchema) {
          jsonSchema.allOf = [{ $ref: '#/components/schemas/JobRequest' }];
          jsonSchema.description = 'The request with every default written out.';
        }
      },
    },
  );
}

const webhook: ZodOpenApiPathItemObject = {
  post: {
    operationId: 'receiveEvent',
    summary: 'What Reelscribe sends to the webhook of a job (Standard Webhooks 1.0)',
    tags: ['webhooks'],
    security: [],
    requestParams: {
      header: z.object({
        'webhook-id': z.string().meta({
          description: 'The id of the event: the same in every delivery of it.',
        }),
        'webhook-timestamp': z.string().meta({
          description: 'Seconds since 1970 at which this delivery was signed.',
        }),
        'webhook-signature': z.string().meta({
          description:
            'One or more `v1,<base64>`, separated by spaces: HMAC-SHA256 of `id.timestamp.body`.',
        }),
      }),
    },
    requestBody: {
      required: true,
      content: { 'application/json': { schema: webhookEventSchema, example: failedEvent } },
    },
    responses: {
      '2XX': { description: 'Received. Any other answer, but 410, is tried again for some days.' },
      '410': { description: 'Tell me nothing more about this job.' },
    },
  },
};
