import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { ReelscribeError } from '#contracts/errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './http/api-env.ts';
import { tenantOf } from './http/caller.ts';
import { MAX_BODY_BYTES } from './http/json-body.ts';
import { problemResponse } from './http/problem-response.ts';
import { jobRoutes } from './routes/jobs.ts';
import { healthRoute, openApiRoute } from './routes/service.ts';
import { uploadRoutes } from './routes/uploads.ts';

/** The job API. Everything but GET /v1/health needs a caller that API Gateway vouches for. */
export function createApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.use(requestLog(deps));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const response = problemResponse(context, new ReelscribeError('METHOD_NOT_ALLOWED'));
        response.headers.set('allow', methods.join(', '));
        return response;
      },
    }),
  );
  app.route('/v1', healthRoute());
  app.use(
    createMiddleware<ApiEnv>(async (context, next) => {
      context.set('tenant', tenantOf(context.env.event));
      await next();
    }),
  );
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new ReelscribeError('PAYLOAD_TOO_LARGE');
      },
    }),
  );
  app.route('/v1', openApiRoute());
  app.route('/v1', jobRoutes(deps));
  app.route('/v1', uploadRoutes(deps));

  app.notFound((context) => problemResponse(context, new ReelscribeError('ROUTE_NOT_FOUND')));
  app.onError((error, context) => problemResponse(context, error));
  return app;
}

/** Logs each request without its query, headers or body. Answers hold links and facts that no cache may keep. */
function requestLog(deps: ApiDependencies) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const startedAt = performance.now();
    const { requestId } = context.env.event.requestContext;
    context.set('log', deps.log.child({ requestId }));
    await next();
    context.header('cache-control', 'no-store');
    context.get('log').info(
      {
        method: context.req.method,
        path: context.req.path,
        status: context.res.status,
        durationMs: Math.round(performance.now() - startedAt),
      },
      'request answered',
    );
  });
}
