import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ERRORS, ReelscribeError } from '#contracts/errors.ts';
import { PROBLEM_CONTENT_TYPE, problemOf } from '#contracts/problem.ts';
import type { EmbedFileResponse } from '#contracts/service.ts';
import { Refusal } from './refusal.ts';
import type { ServiceEnv } from './service-context.ts';

/** The route that answers in a form of its own, errors included. */
export const EMBED_FILE_PATH = '/embed';

/** Answers with the problem document of an error (RFC 9457); of one that is not ours, it tells nothing. */
export function errorResponse(context: Context<ServiceEnv>, thrown: unknown): Response {
  const error = thrown instanceof ReelscribeError ? thrown : new ReelscribeError('INTERNAL');
  const status = error instanceof Refusal ? error.status : ERRORS[error.code].status;
  logError(context, thrown, error, status);
  for (const [name, value] of Object.entries(error instanceof Refusal ? error.headers : {})) {
    context.header(name, value);
  }
  const isEmbedFile = context.req.path === EMBED_FILE_PATH;
  const body = isEmbedFile ? embedFileError(error) : problemDocument(context, error, status);
  context.header('content-type', isEmbedFile ? 'application/json' : PROBLEM_CONTENT_TYPE);
  return context.body(JSON.stringify(body), status as ContentfulStatusCode);
}

function problemDocument(context: Context<ServiceEnv>, error: ReelscribeError, status: number) {
  const issues = error instanceof Refusal ? error.issues : [];
  return {
    ...problemOf(error.code, {
      detail: error.message,
      hint: error.hint,
      instance: context.req.path,
      requestId: context.get('requestId'),
      ...(issues.length === 0 ? {} : { errors: [...issues] }),
    }),
    status,
  };
}

function embedFileError({ code, message }: ReelscribeError): EmbedFileResponse {
  return { embedding: null, debugMetadata: {}, error: code, detail: message };
}

function logError(
  context: Context<ServiceEnv>,
  thrown: unknown,
  { code }: ReelscribeError,
  status: number,
): void {
  const log = context.get('log');
  if (context.req.raw.signal.aborted) {
    log.info({ code }, 'the caller went away');
  } else if (status >= 500 && !(thrown instanceof Refusal)) {
    log.error({ err: thrown, code }, 'request failed');
  } else {
    log.info({ code }, 'request refused');
  }
}
