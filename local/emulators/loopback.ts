import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

/** The only interface that anything local listens on. */
export const LOOPBACK = '127.0.0.1';

export type LoopbackServer = AsyncDisposable & {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
};

/** Serves an app over http on loopback; port 0 takes any free one. */
export async function serveOnLoopback(app: Hono, port = 0): Promise<LoopbackServer> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    origin: `http://${LOOPBACK}:${bound}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      if ('closeAllConnections' in server) {
        server.closeAllConnections();
      }
      await closed;
    },
  };
}
