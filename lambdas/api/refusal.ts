import { type ErrorCode, ReelscribeError } from '#contracts/errors.ts';
import { type RequestIssue, summarizeIssues } from '#contracts/request-issues.ts';

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
    super(code, details.message ?? summarizeIssues(details.issues));
    this.issues = details.issues ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
