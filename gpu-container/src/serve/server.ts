import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { ReelscribeError } from '#contracts/errors.ts';
import { createTokenCheck } from './bearer-token.ts';
import { errorResponse } from './problems.ts';
import { requestScope } from './request-scope.ts';
import { embedRoutes } from './routes/embed.ts';
import { embedFileRoute } from './routes/embed-file.ts';
import { healthRoute, metricsRoutes } from './routes/observe.ts';
import { transcribeRoutes } from './routes/transcribe.ts';
import type { ServiceDependencies, ServiceEnv } from './service-context.ts';

/** The service over HTTP. Everything but GET /health needs the token; new work is taken until the service stops. */
export function createService(deps: ServiceDependencies): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>();
  const checkToken = createTokenCheck(deps.environment.SERVICE_TOKEN);

  app.use(requestScope(deps));
  app.route('/', healthRoute(deps));
  app.use(
    createMiddleware<ServiceEnv>(async (context, next) => {
      checkToken(context.req.header('authorization'));
      await next();
    }),
  );
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const response = errorResponse(context, new ReelscribeError('METHOD_NOT_ALLOWED'));
        response.headers.set('allow', methods.join(', '));
        return response;
      },
    }),
  );
  app.route('/', metricsRoutes(deps));
  app.use(
    createMiddleware<ServiceEnv>(async (_context, next) => {
      deps.drain.refuseNewWork();
      await next();
    }),
  );
  app.route('/v1/transcribe', transcribeRoutes(deps));
  app.route('/v1/embed', embedRoutes(deps));
  app.route('/', embedFileRoute(deps));

  app.notFound((context) =>
    errorResponse(
      context,
      new ReelscribeError('ROUTE_NOT_FOUND', undefined, {
        hint: 'docs/service.md lists the routes.',
      }),
    ),
  );
  app.onError((error, context) => errorResponse(context, error));
  return app;
}
