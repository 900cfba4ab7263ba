import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { type Problem, problemSchema } from '../api.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { PROBLEM_CONTENT_TYPE, problemOf } from '../problem.ts';

/** What any route that knows its caller can answer. */
const COMMON: readonly ErrorCode[] = [
  'FORBIDDEN',
  'METHOD_NOT_ALLOWED',
  'RATE_LIMITED',
  'INTERNAL',
  'GATEWAY_TIMEOUT',
];

/** What any route that reads a body can answer. */
export const BODY_PROBLEMS: readonly ErrorCode[] = [
  'INVALID_JSON',
  'INVALID_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];

/** One response per status, with an example of each code that has it. */
export function problemResponses(...codes: ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy([...codes, ...COMMON], (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codesOfStatus]) => [
      String(status),
      {
        description: codesOfStatus.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
        content: {
          [PROBLEM_CONTENT_TYPE]: {
            schema: problemSchema,
            examples: Object.fromEntries(
              codesOfStatus.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
}

/** A problem document of each code, for the responses to refer to. */
export function problemExamples(): Record<string, { value: Problem }> {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, { value: problemOf(code) }]));
}
