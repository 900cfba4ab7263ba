import { type ErrorCode, ReelscribeError } from '#contracts/errors.ts';
import type { RequestIssue } from '#contracts/request-issues.ts';

/** An answer of 4xx: the code, and what exactly is wrong in the request. */
export class Refusal extends ReelscribeError {
  readonly issues: readonly RequestIssue[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    details: {
      message?: string;
      issues?: readonly RequestIssue[];
      retryAfterSeconds?: number;
    } = {},
  ) {
    super(code, details.message ?? summarize(details.issues));
    this.issues = details.issues ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

function summarize(issues: readonly RequestIssue[] = []): string | undefined {
  const [first, ...others] = issues;
  if (first === undefined) {
    return undefined;
  }
  const place = first.path === '' ? 'the body' : first.path;
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${place}: ${first.message}${rest}`;
}
