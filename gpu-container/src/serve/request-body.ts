import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { ReelscribeError } from '#contracts/errors.ts';
import { requestIssues } from '#contracts/request-issues.ts';
import { Refusal } from './refusal.ts';
import type { ServiceEnv } from './service-context.ts';

const MAX_JSON_BYTES = 64 * 1024;

/** Refuses a body that is longer than any request of ours. */
export const jsonLimit = bodyLimit({
  maxSize: MAX_JSON_BYTES,
  onError: () => {
    throw new ReelscribeError(
      'PAYLOAD_TOO_LARGE',
      `the body has more than ${MAX_JSON_BYTES} bytes`,
      { hint: 'Send less text; media is named by storage_key, or uploaded as a form.' },
    );
  },
});

/**
 * @throws ReelscribeError UNSUPPORTED_MEDIA_TYPE or INVALID_JSON
 * @throws Refusal INVALID_REQUEST with one issue per field
 */
export async function readJson<Schema extends z.ZodType>(
  context: Context<ServiceEnv>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new ReelscribeError('UNSUPPORTED_MEDIA_TYPE');
  }
  return parseRequest(schema, parseJson(await context.req.text()));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReelscribeError('INVALID_JSON', undefined, { cause });
  }
}

/** @throws Refusal INVALID_REQUEST with one issue per field */
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
