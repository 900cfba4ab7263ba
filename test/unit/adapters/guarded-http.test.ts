import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import {
  AddressNotAllowedError,
  createGuardedAgent,
  type ResolveAll,
} from '../../../adapters/guarded-agent.ts';
import { openGuarded, postGuarded } from '../../../adapters/guarded-http.ts';
import { startLoopbackServer } from '../../environment/loopback-server.ts';

/** A resolver that gives every name these addresses, as a hostile DNS server would. */
function resolveTo(...addresses: string[]): ResolveAll {
  return (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

const echo = (seen: IncomingMessage[]) =>
  startLoopbackServer((incoming, response) => {
    seen.push(incoming);
    response.end('hello');
  });

describe('createGuardedAgent', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['instance metadata', '169.254.169.254'],
    ['a private address', '10.0.0.7'],
    ['IPv6 loopback', '::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
  ])('refuses a host name that resolves to %s', async (_label, address) => {
    await using agent = createGuardedAgent({ resolve: resolveTo(address) });
    await expect(
      openGuarded('https://media.example.com/talk.mp4', { agent }),
    ).rejects.toMatchObject({
      name: 'GuardedHttpError',
      failure: 'not-allowed',
      message: expect.not.stringContaining(address),
    });
  });

  it('refuses a public host name that resolves to loopback even where loopback is allowed', async () => {
    await using agent = createGuardedAgent({
      allowLoopback: true,
      resolve: resolveTo('127.0.0.1'),
    });
    await expect(openGuarded('https://media.example.com/', { agent })).rejects.toMatchObject({
      failure: 'not-allowed',
    });
  });

  it('does not even dial the private address of a name', async () => {
    await using server = await echo([]);
    await using agent = createGuardedAgent({ resolve: resolveTo('127.0.0.1') });
    await expect(
      request(`http://media.example.com:${server.port}/`, { dispatcher: agent.dispatcher }),
    ).rejects.toBeInstanceOf(AddressNotAllowedError);
    expect(server.connections()).toBe(0);
  });

  it('connects to localhost where loopback is allowed', async () => {
    await using server = await echo([]);
    await using agent = createGuardedAgent({
      allowLoopback: true,
      resolve: resolveTo('127.0.0.1'),
    });
    const response = await openGuarded(`http://localhost:${server.port}/`, { agent });
    expect(await buffer(response.body)).toEqual(Buffer.from('hello'));
  });

  it.each(['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])(
    'sends nothing to the literal address %s, which is never looked up',
    async (host) => {
      const seen: IncomingMessage[] = [];
      await using server = await echo(seen);
      await using agent = createGuardedAgent();
      await expect(
        request(`http://${host}:${server.port}/`, { dispatcher: agent.dispatcher }),
      ).rejects.toBeInstanceOf(AddressNotAllowedError);
      expect(seen).toHaveLength(0);
    },
  );

  it('takes no proxy from the environment', async () => {
    const proxied: IncomingMessage[] = [];
    const direct: IncomingMessage[] = [];
    await using proxy = await echo(proxied);
    await using server = await echo(direct);
    process.env['HTTP_PROXY'] = proxy.origin;
    process.env['http_proxy'] = proxy.origin;
    try {
      await using agent = createGuardedAgent({ allowLoopback: true });
      await postGuarded(server.origin, 'x', {}, { agent });
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['http_proxy'];
    }
    expect(proxied).toHaveLength(0);
    expect(direct).toHaveLength(1);
  });
});

describe('openGuarded', () => {
  it('follows redirects to allowed addresses', async () => {
    await using server = await startLoopbackServer((incoming, response) => {
      if (incoming.url === '/final') {
        response.end('the file');
      } else {
        response.writeHead(302, { location: '/final' }).end();
      }
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    const response = await openGuarded(`${server.origin}/first`, { agent });
    expect(response.status).toBe(200);
    expect((await buffer(response.body)).toString()).toBe('the file');
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'file:///etc/passwd',
    'http://media.example.com/',
  ])('does not follow a redirect to %s', async (location) => {
    await using server = await startLoopbackServer((_incoming, response) => {
      response.writeHead(302, { location }).end();
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    await expect(openGuarded(server.origin, { agent })).rejects.toMatchObject({
      failure: 'not-allowed',
    });
  });

  it('gives up after five redirects', async () => {
    let requests = 0;
    await using server = await startLoopbackServer((_incoming, response) => {
      requests += 1;
      response.writeHead(307, { location: `/${requests}` }).end();
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    await expect(openGuarded(server.origin, { agent })).rejects.toMatchObject({
      failure: 'too-many-redirects',
    });
    expect(requests).toBe(6);
  });

  it('reports a server that never answers as a timeout', async () => {
    await using server = await startLoopbackServer(() => undefined);
    await using agent = createGuardedAgent({ allowLoopback: true });
    await expect(openGuarded(server.origin, { agent, headersTimeoutMs: 50 })).rejects.toMatchObject(
      { failure: 'timeout' },
    );
  });

  it('rejects with the reason of the signal that aborted it', async () => {
    await using server = await startLoopbackServer(() => undefined);
    await using agent = createGuardedAgent({ allowLoopback: true });
    const controller = new AbortController();
    const opened = openGuarded(server.origin, { agent, signal: controller.signal });
    const reason = new Error('the job was cancelled');
    controller.abort(reason);
    await expect(opened).rejects.toBe(reason);
  });
});

describe('postGuarded', () => {
  it('sends exactly the bytes and headers it was given', async () => {
    let received: { method: string | undefined; id: unknown; body: Buffer } | undefined;
    await using server = await startLoopbackServer(async (incoming, response) => {
      received = {
        method: incoming.method,
        id: incoming.headers['webhook-id'],
        body: await buffer(incoming),
      };
      response.writeHead(204).end();
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    const body = Buffer.from('{"text":"grüße"}');
    const outcome = await postGuarded(server.origin, body, { 'webhook-id': 'evt_1' }, { agent });
    expect(outcome).toMatchObject({ outcome: 'answered', status: 204 });
    expect(received).toEqual({ method: 'POST', id: 'evt_1', body });
  });

  it('gives a redirect back as the answer and does not follow it', async () => {
    const paths: (string | undefined)[] = [];
    await using server = await startLoopbackServer((incoming, response) => {
      paths.push(incoming.url);
      response.writeHead(308, { location: '/elsewhere' }).end();
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    const outcome = await postGuarded(`${server.origin}/hook`, '{}', {}, { agent });
    expect(outcome).toMatchObject({ outcome: 'answered', status: 308 });
    expect(paths).toEqual(['/hook']);
  });

  it('gives the headers of the answer, for Retry-After', async () => {
    await using server = await startLoopbackServer((_incoming, response) => {
      response.writeHead(429, { 'retry-after': '120' }).end();
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    expect(await postGuarded(server.origin, '{}', {}, { agent })).toMatchObject({
      status: 429,
      headers: { 'retry-after': '120' },
    });
  });

  it('does not wait for the end of an answer that is larger than its cap', async () => {
    await using server = await startLoopbackServer((_incoming, response) => {
      response.writeHead(200);
      const pour = () => {
        let wantsMore = !response.destroyed;
        while (wantsMore) {
          wantsMore = response.write(Buffer.alloc(16 * 1024)) && !response.destroyed;
        }
      };
      response.on('drain', pour);
      pour();
    });
    await using agent = createGuardedAgent({ allowLoopback: true });
    const outcome = await postGuarded(server.origin, '{}', {}, { agent, maxResponseBytes: 1024 });
    expect(outcome).toMatchObject({ outcome: 'answered', status: 200 });
  });

  it.each([
    ['a private literal address', 'https://10.0.0.1/hook'],
    ['plain http', 'http://receiver.example.com/hook'],
    ['loopback', 'http://127.0.0.1:9/hook'],
  ])('tells %s from a network failure', async (_label, url) => {
    await using agent = createGuardedAgent();
    expect(await postGuarded(url, '{}', {}, { agent })).toMatchObject({
      outcome: 'failed',
      failure: 'not-allowed',
    });
  });

  it('reports a refused connection as a network failure without its address', async () => {
    const server = await startLoopbackServer(() => undefined);
    await server[Symbol.asyncDispose]();
    await using agent = createGuardedAgent({ allowLoopback: true });
    const outcome = await postGuarded(server.origin, '{}', {}, { agent });
    expect(outcome).toMatchObject({ outcome: 'failed', failure: 'network' });
    expect(JSON.stringify(outcome)).not.toContain('127.0.0.1');
  });

  it('reports an answer that does not come in time as a timeout', async () => {
    await using server = await startLoopbackServer(() => undefined);
    await using agent = createGuardedAgent({ allowLoopback: true });
    expect(await postGuarded(server.origin, '{}', {}, { agent, timeoutMs: 50 })).toMatchObject({
      outcome: 'failed',
      failure: 'timeout',
    });
  });
});
