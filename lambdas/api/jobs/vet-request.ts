import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import type { ErrorCode } from '#contracts/errors.ts';
import { type JobRequest, jobRequestSchema } from '#contracts/job-request.ts';
import { vetPublicUrl } from '#contracts/public-url.ts';
import { type RequestIssue, requestIssues } from '#contracts/request-issues.ts';
import { Refusal } from '../refusal.ts';

/** What this deployment lets a job use. */
export type RequestPolicy = {
  allowLoopbackUrls: boolean;
  inputBuckets: readonly string[];
  outputBuckets: readonly string[];
};

type Finding = RequestIssue & { code: ErrorCode };

/**
 * Turns the body of a POST into a job request with every default written out.
 * Decides by the text alone: nothing is looked up, and time plays no part.
 *
 * @throws {Refusal} with the code of the first finding; `issues` lists them all.
 */
export function vetRequest(body: unknown, policy: RequestPolicy): JobRequest {
  const parsed = jobRequestSchema.safeParse(body);
  if (!parsed.success) {
    throw new Refusal('INVALID_REQUEST', { issues: requestIssues(parsed.error) });
  }
  const findings = [
    ...vetAvailability(parsed.data),
    ...vetUrls(parsed.data, policy),
    ...vetBuckets(parsed.data, policy),
  ];
  const first = findings[0];
  if (first !== undefined) {
    throw new Refusal(first.code, { issues: findings.map(({ code: _, ...issue }) => issue) });
  }
  return parsed.data;
}

function vetAvailability(request: JobRequest): Finding[] {
  return findUnavailable(request).map(({ code, path, message }) => ({
    code,
    path,
    reason: code === 'INVALID_REQUEST' ? 'INVALID_VALUE' : 'NOT_AVAILABLE',
    message,
  }));
}

function vetUrls(request: JobRequest, policy: RequestPolicy): Finding[] {
  const vet = (code: ErrorCode, path: string, url: string): Finding[] => {
    const verdict = vetPublicUrl(url, { allowLoopbackHttp: policy.allowLoopbackUrls });
    return verdict.ok ? [] : [notAllowed(code, path, verdict.reason)];
  };
  return [
    ...(request.webhook === undefined
      ? []
      : vet('WEBHOOK_URL_NOT_ALLOWED', 'webhook.url', request.webhook.url)),
    ...('url' in request.input ? vet('URL_NOT_ALLOWED', 'input.url', request.input.url) : []),
  ];
}

function vetBuckets(request: JobRequest, policy: RequestPolicy): Finding[] {
  const vet = (path: string, bucket: string | undefined, allowed: readonly string[]): Finding[] =>
    bucket === undefined || allowed.includes(bucket)
      ? []
      : [notAllowed('BUCKET_NOT_ALLOWED', path, `the bucket ${bucket} is not on the allow-list`)];
  return [
    ...('s3' in request.input
      ? vet('input.s3.bucket', request.input.s3.bucket, policy.inputBuckets)
      : []),
    ...(request.tasks.diarization?.knownVoices ?? []).flatMap(({ s3 }, index) =>
      vet(`tasks.diarization.knownVoices.${index}.s3.bucket`, s3.bucket, policy.inputBuckets),
    ),
    ...vet('output.bucket', request.output?.bucket, policy.outputBuckets),
  ];
}

function notAllowed(code: ErrorCode, path: string, message: string): Finding {
  return { code, path, reason: 'NOT_ALLOWED', message };
}
