import { Hono } from 'hono';
import openApi from '../../../docs/openapi.json' with { type: 'json' };
import type { ApiEnv } from '../http/api-env.ts';
import { baseUrl } from '../http/base-url.ts';

/** Open to anyone: tells that the API answers, and its version. */
export function healthRoute(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get('/health', (context) => context.json({ ok: true, version: openApi.info.version }));
  return routes;
}

export function openApiRoute(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get('/openapi.json', (context) =>
    context.json({ ...openApi, servers: [{ url: baseUrl(context) }] }),
  );
  return routes;
}
