import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { LOOPBACK } from './loopback.ts';

export type DynamoEmulator = AsyncDisposable & { readonly endpoint: string };

/** DynamoDB in this process, in memory, with tables that are active at once. No TTL, no streams. */
export async function startDynamo(port = 0): Promise<DynamoEmulator> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    endpoint: `http://${LOOPBACK}:${bound}`,
    [Symbol.asyncDispose]: async () => {
      // dynalite's own close waits up to 30 s for requests whose callers are gone;
      // its store is in memory, so that there is nothing to wait for.
      const closed = new Promise((resolve) => Server.prototype.close.call(server, resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
