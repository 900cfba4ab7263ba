import type { Context } from 'hono';
import type { z } from 'zod';
import { ReelscribeError } from '#contracts/errors.ts';
import { requestIssues } from '#contracts/request-issues.ts';
import { Refusal } from '../refusal.ts';
import type { ApiEnv } from './api-env.ts';

/** A job request is a few kilobytes; this leaves room for long prompts and metadata. */
export const MAX_BODY_BYTES = 256 * 1024;

/** @throws {ReelscribeError} UNSUPPORTED_MEDIA_TYPE or INVALID_JSON */
export async function readJson(context: Context<ApiEnv>): Promise<unknown> {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new ReelscribeError('UNSUPPORTED_MEDIA_TYPE');
  }
  try {
    return await context.req.json();
  } catch (cause) {
    throw new ReelscribeError('INVALID_JSON', undefined, { cause });
  }
}

/** As {@link readJson}, but no body at all is an empty object. */
export async function readOptionalJson(context: Context<ApiEnv>): Promise<unknown> {
  return (await context.req.text()) === '' ? {} : readJson(context);
}

/** @throws {Refusal} INVALID_REQUEST with one issue per field */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new Refusal('INVALID_REQUEST', { issues: requestIssues(parsed.error) });
  }
  return parsed.data;
}
