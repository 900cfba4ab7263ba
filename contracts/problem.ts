import type { Problem } from './api.ts';
import { ERRORS, type ErrorCode } from './errors.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/**
 * The problem document of a code (RFC 9457). Its `type` is a name, not an
 * address: a deployment serves no documentation that it could point to.
 */
export function problemOf(
  code: ErrorCode,
  details: Pick<Problem, 'detail' | 'hint' | 'instance' | 'requestId' | 'errors'> = {},
): Problem {
  const { title, status, hint } = ERRORS[code];
  return { type: `urn:reelscribe:problem:${code}`, title, status, code, hint, ...details };
}
