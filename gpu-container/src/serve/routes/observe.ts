import { Hono } from 'hono';
import { readHealth } from '../health.ts';
import type { ServiceDependencies, ServiceEnv } from '../service-context.ts';

/** Open to anyone, as load balancers and container runtimes have no token. */
export function healthRoute(deps: ServiceDependencies): Hono<ServiceEnv> {
  const routes = new Hono<ServiceEnv>();
  routes.get('/health', (context) => {
    const { health, httpStatus } = readHealth(deps);
    return context.json(health, httpStatus);
  });
  return routes;
}

export function metricsRoutes({ gpu, metrics }: ServiceDependencies): Hono<ServiceEnv> {
  const routes = new Hono<ServiceEnv>();
  routes.get('/metrics', async (context) =>
    context.body(await metrics.registry.metrics(), 200, {
      'content-type': metrics.registry.contentType,
    }),
  );
  routes.get('/metrics/gpu', async (context) => context.json(await gpu.read()));
  return routes;
}
