import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { ulid } from 'ulid';
import { ReelscribeError } from '#contracts/errors.ts';
import type { ServiceDependencies, ServiceEnv } from './service-context.ts';

/**
 * Gives every request its id and its log, counts it, and tells of its end. Nothing of
 * what it carries is logged: no query, header, key, text or file name.
 */
export function requestScope({
  drain,
  metrics,
  log,
}: ServiceDependencies): MiddlewareHandler<ServiceEnv> {
  return createMiddleware<ServiceEnv>(async (context, next) => {
    using _inFlight = drain.enter();
    const startedAt = performance.now();
    const requestId = ulid();
    context.set('requestId', requestId);
    context.set('log', log.child({ requestId }));
    context.set('signal', context.req.raw.signal);
    await next();
    context.header('x-request-id', requestId);
    context.header('cache-control', 'no-store');
    if (drain.isDraining()) {
      context.header('connection', 'close');
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const { method } = context.req;
    const { status } = context.res;
    metrics.observeRequest({ method, route: routeOf(context), status }, seconds);
    context.get('log').info({ method, route: routeOf(context), status, seconds }, 'answered');
  });
}

/** The pattern and not the path, of which a caller can make up as many as it likes. */
function routeOf(context: Context<ServiceEnv>): string {
  return matchedRoutes(context).findLast(({ path }) => !path.includes('*'))?.path ?? 'none';
}

/** Ends the work of a request when its time is up, its caller is gone, or the service must stop. */
export function deadline(
  seconds: number,
  drain: ServiceDependencies['drain'],
): MiddlewareHandler<ServiceEnv> {
  return createMiddleware<ServiceEnv>(async (context, next) => {
    const ending = new AbortController();
    const caller = context.req.raw.signal;
    const onGone = () => ending.abort(new ReelscribeError('INTERRUPTED', 'the caller went away'));
    const onTimeUp = () =>
      ending.abort(
        new ReelscribeError('GATEWAY_TIMEOUT', `the request took more than ${seconds} s`, {
          hint: 'Send less at once, or raise the timeouts of the service.',
        }),
      );
    caller.addEventListener('abort', onGone, { once: true });
    const timer = setTimeout(onTimeUp, seconds * 1000);
    context.set('signal', AbortSignal.any([ending.signal, drain.signal]));
    try {
      await next();
    } finally {
      clearTimeout(timer);
      caller.removeEventListener('abort', onGone);
    }
  });
}

/** A folder of one request, which goes with it. */
export async function openScratch(
  root: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(root, 'request-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
