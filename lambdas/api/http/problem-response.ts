import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ReelscribeError } from '#contracts/errors.ts';
import { PROBLEM_CONTENT_TYPE, problemOf } from '#contracts/problem.ts';
import { Refusal } from '../refusal.ts';
import type { ApiEnv } from './api-env.ts';

/** Answers with the problem document of an error; of one that is not ours, it tells nothing. */
export function problemResponse(context: Context<ApiEnv>, thrown: unknown): Response {
  const error = thrown instanceof ReelscribeError ? thrown : new ReelscribeError('INTERNAL');
  const issues = error instanceof Refusal ? error.issues : [];
  const problem = problemOf(error.code, {
    detail: error.message,
    hint: error.hint,
    instance: context.req.path,
    requestId: context.env.event.requestContext.requestId,
    ...(issues.length === 0 ? {} : { errors: [...issues] }),
  });
  const headers: Record<string, string> = { 'content-type': PROBLEM_CONTENT_TYPE };
  if (error instanceof Refusal && error.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(error.retryAfterSeconds);
  }
  const log = context.get('log');
  if (problem.status >= 500) {
    log.error({ err: thrown, code: error.code }, 'request failed');
  } else {
    log.info({ code: error.code }, 'request refused');
  }
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, headers);
}
