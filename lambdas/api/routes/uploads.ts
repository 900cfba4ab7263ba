import { Hono } from 'hono';
import { uploadRequestSchema } from '#contracts/api.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { ApiEnv } from '../http/api-env.ts';
import { parseRequest, readJson } from '../http/json-body.ts';
import { createUpload } from '../uploads/create-upload.ts';

export function uploadRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.post('/uploads', async (context) => {
    const file = parseRequest(uploadRequestSchema, await readJson(context));
    return context.json(await createUpload(deps, context.get('tenant'), file), 201);
  });

  return routes;
}
