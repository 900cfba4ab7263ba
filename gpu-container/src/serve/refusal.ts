import { ERRORS, type ErrorCode, ReelscribeError } from '#contracts/errors.ts';
import { type RequestIssue, summarizeIssues } from '#contracts/request-issues.ts';

/** An error that is answered with more than its code: other status, headers, the faults of each field. */
export class Refusal extends ReelscribeError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly issues: readonly RequestIssue[];

  constructor(
    code: ErrorCode,
    details: {
      message?: string;
      hint?: string;
      /** Default: that of the code. */
      status?: number;
      headers?: Readonly<Record<string, string>>;
      issues?: readonly RequestIssue[];
    } = {},
  ) {
    super(code, details.message ?? summarizeIssues(details.issues), details);
    this.status = details.status ?? ERRORS[code].status;
    this.headers = details.headers ?? {};
    this.issues = details.issues ?? [];
  }
}

/** Not now: the caller may try again after some seconds. */
export function busy(message: string, retryAfterSeconds: number): Refusal {
  return new Refusal('SERVICE_UNAVAILABLE', {
    message,
    headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) },
  });
}
