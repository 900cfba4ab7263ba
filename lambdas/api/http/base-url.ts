import type { Context } from 'hono';
import type { ApiEnv } from './api-env.ts';

/** The address under which the caller reached the API, with its stage and without a trailing slash. */
export function baseUrl(context: Context<ApiEnv>): string {
  const { event } = context.env;
  const fullPath = event.requestContext.path;
  // API Gateway's own address has the stage in its path; a custom domain may not.
  const stage = fullPath.endsWith(event.path) ? fullPath.slice(0, -event.path.length) : '';
  const protocol = context.req.header('x-forwarded-proto') === 'http' ? 'http' : 'https';
  return `${protocol}://${new URL(context.req.url).host}${stage}`;
}
