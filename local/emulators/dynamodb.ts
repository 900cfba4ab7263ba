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
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
