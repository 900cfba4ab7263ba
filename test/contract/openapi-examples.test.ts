import { describe, expect, it } from '@jest/globals';
import {
  jobAcceptedSchema,
  jobListSchema,
  jobViewSchema,
  problemSchema,
  uploadTicketSchema,
} from '#contracts/api.ts';
import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import * as examples from '#contracts/openapi/examples.ts';
import { problemExamples } from '#contracts/openapi/problem-responses.ts';
import { webhookEventSchema } from '#contracts/webhook-events.ts';

describe('the examples of the OpenAPI document', () => {
  it.each([
    ['job accepted', jobAcceptedSchema, examples.accepted],
    ['job', jobViewSchema, examples.job],
    ['list', jobListSchema, examples.jobList],
    ['upload ticket', uploadTicketSchema, examples.ticket],
    ['event', webhookEventSchema, examples.failedEvent],
  ])('fit their schemas: %s', (_name, schema, example) => {
    expect(schema.parse(example)).toEqual(example);
  });

  it.each([
    ['from S3', examples.s3Request],
    ['from an upload', examples.uploadRequest],
  ])('ask for nothing that this version refuses: %s', (_name, example) => {
    expect(findUnavailable(jobRequestSchema.parse(example))).toEqual([]);
  });

  it('are problem documents where they show errors', () => {
    for (const { value } of Object.values(problemExamples())) {
      expect(problemSchema.parse(value)).toEqual(value);
    }
  });
});
