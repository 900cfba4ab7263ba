import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBatch } from '../../../../local/emulators/batch/start-batch.ts';
import { startDynamo } from '../../../../local/emulators/dynamodb.ts';
import { startS3Sqs } from '../../../../local/emulators/s3-sqs.ts';
import { startSecretsManager } from '../../../../local/emulators/secrets-manager.ts';

const started = new AsyncDisposableStack();
const endpoints: Record<string, string> = {};

beforeAll(async () => {
  endpoints['s3-sqs'] = started.use(await startS3Sqs()).endpoint;
  endpoints['dynamodb'] = started.use(await startDynamo()).endpoint;
  endpoints['secrets-manager'] = started.use(await startSecretsManager()).origin;
  endpoints['batch'] = started.use(
    await startBatch({ jobQueues: [], jobDefinitions: [] }),
  ).endpoint;
});

afterAll(() => started.disposeAsync());

/** Addresses by which other machines could reach this one. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe.each(['s3-sqs', 'dynamodb', 'secrets-manager', 'batch'])('the %s emulator', (name) => {
  it('listens on loopback and nowhere else', async () => {
    const { hostname, port } = new URL(endpoints[name] ?? '');
    expect(hostname).toBe('127.0.0.1');
    expect(await connects('127.0.0.1', Number(port))).toBe(true);
    // All of 127.0.0.0/8 leads here on Linux: only the one address is bound.
    for (const host of ['127.0.0.2', ...outside]) {
      expect(await connects(host, Number(port))).toBe(false);
    }
  });
});
