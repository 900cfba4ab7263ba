import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createGuardedAgent } from '../../../../adapters/guarded-agent.ts';
import { fetchUrl } from '../../../../gpu-container/src/fetch/fetch-url.ts';
import { startLoopbackServer } from '../../../environment/loopback-server.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const agent = createGuardedAgent({ allowLoopback: true });
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
});

const RETRY = { retries: 3, firstWaitMs: 1 };
const FILE = randomBytes(200_000);

/** Downloads from a server that answers like this; gives what arrived on disk. */
async function download(
  listener: RequestListener,
  options: { maxBytes?: number; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<{ bytes: number; file: Buffer }> {
  await using server = await startLoopbackServer(listener);
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'input');
  const target = { path, maxBytes: options.maxBytes ?? 1_000_000, signal: options.signal };
  const bytes = await fetchUrl(
    `${server.origin}/talk.mp4?secret=1`,
    { agent, retry: RETRY, ...(options.timeoutMs && { timeoutMs: options.timeoutMs }) },
    target,
  );
  return { bytes, file: await readFile(path) };
}

/** Breaks the first connection in the middle, and serves ranges from then on if asked. */
function breakingServer(headers: Record<string, string>) {
  const ranges: (string | undefined)[] = [];
  const listener: RequestListener = (request, response) => {
    ranges.push(request.headers.range);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isSame = request.headers['if-range'] === (headers['etag'] ?? headers['last-modified']);
    const body = start > 0 && isSame ? FILE.subarray(start) : FILE;
    response.writeHead(body === FILE ? 200 : 206, {
      ...headers,
      'content-length': String(body.length),
      ...(body !== FILE && { 'content-range': `bytes ${start}-${FILE.length - 1}/${FILE.length}` }),
    });
    if (ranges.length === 1) {
      response.write(FILE.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    } else {
      response.end(body);
    }
  };
  return { ranges, listener };
}

describe('fetchUrl', () => {
  it('downloads the bytes that the server sends', async () => {
    const { bytes, file } = await download((_request, response) => response.end(FILE));
    expect(bytes).toBe(FILE.length);
    expect(file.equals(FILE)).toBe(true);
  });

  it.each([
    ['its ETag', { etag: '"v1"' }],
    ['its date', { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }],
  ])('goes on where a connection broke, where the file has kept %s', async (_label, headers) => {
    const { ranges, listener } = breakingServer(headers);
    const { file } = await download(listener);
    expect(file.equals(FILE)).toBe(true);
    expect(ranges).toHaveLength(2);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it.each([
    ['says nothing about its version', {}],
    ['has a weak ETag only', { etag: 'W/"v1"' }],
  ])('starts again after a broken connection where the file %s', async (_label, headers) => {
    const { ranges, listener } = breakingServer(headers);
    const { file } = await download(listener);
    expect(file.equals(FILE)).toBe(true);
    expect(ranges).toEqual([undefined, undefined]);
  });

  it('starts again where the file changed after the connection broke', async () => {
    const changed = randomBytes(150_000);
    let requests = 0;
    const { file } = await download((_request, response) => {
      requests += 1;
      if (requests === 1) {
        response.writeHead(200, { etag: '"v1"', 'content-length': String(FILE.length) });
        response.write(FILE.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
      } else {
        response.writeHead(200, { etag: '"v2"' }).end(changed);
      }
    });
    expect(file.equals(changed)).toBe(true);
  });

  it.each([500, 503, 429, 408])('tries again after status %d', async (status) => {
    let requests = 0;
    const { file } = await download((_request, response) => {
      requests += 1;
      if (requests === 1) {
        response.writeHead(status).end();
      } else {
        response.end(FILE);
      }
    });
    expect(file.equals(FILE)).toBe(true);
  });

  it('reports a server that stays unavailable as FETCH_FAILED', async () => {
    let requests = 0;
    await expect(
      download((_request, response) => {
        requests += 1;
        response.writeHead(502).end('Bad gateway: upstream 10.1.2.3');
      }),
    ).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.not.stringContaining('10.1.2.3'),
    });
    expect(requests).toBe(1 + RETRY.retries);
  });

  it.each([401, 403, 404, 410, 204, 304])(
    'reports status %d as FETCH_REFUSED at once',
    async (status) => {
      let requests = 0;
      await expect(
        download((_request, response) => {
          requests += 1;
          response.writeHead(status).end();
        }),
      ).rejects.toMatchObject({
        code: 'FETCH_REFUSED',
        message: expect.not.stringContaining('secret'),
      });
      expect(requests).toBe(1);
    },
  );

  it('reports a file without bytes as INPUT_EMPTY', async () => {
    await expect(download((_request, response) => response.end())).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
    });
  });

  it('reports a file that is announced as too large before it reads it', async () => {
    await expect(
      download(
        (_request, response) => {
          response.writeHead(200, { 'content-length': '1000001' });
          response.flushHeaders();
        },
        { maxBytes: 1_000_000 },
      ),
    ).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
  });

  it('cuts off a file that does not say how large it is at the limit', async () => {
    let sent = 0;
    await expect(
      download(
        (_request, response) => {
          const pour = () => {
            let wantsMore = !response.destroyed;
            while (wantsMore) {
              sent += 65_536;
              wantsMore = response.write(Buffer.alloc(65_536)) && !response.destroyed;
            }
          };
          response.on('drain', pour);
          pour();
        },
        { maxBytes: 200_000 },
      ),
    ).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    expect(sent).toBeGreaterThan(200_000);
  });

  it('reports a redirect to a private address as URL_NOT_ALLOWED', async () => {
    await expect(
      download((_request, response) => {
        response.writeHead(302, { location: 'https://169.254.169.254/' }).end();
      }),
    ).rejects.toMatchObject({ code: 'URL_NOT_ALLOWED' });
  });

  it('reports endless redirects as FETCH_REFUSED', async () => {
    await expect(
      download((_request, response) => {
        response.writeHead(302, { location: '/again' }).end();
      }),
    ).rejects.toMatchObject({ code: 'FETCH_REFUSED' });
  });

  it('gives up a server that sends a little now and then, without asking it again', async () => {
    let requests = 0;
    await expect(
      download(
        (_request, response) => {
          requests += 1;
          const drip = setInterval(() => response.write('x'), 20);
          response.on('close', () => clearInterval(drip));
        },
        { timeoutMs: 300 },
      ),
    ).rejects.toMatchObject({ code: 'FETCH_REFUSED' });
    expect(requests).toBe(1);
  });

  it('stops with the reason of its signal in the middle of the body', async () => {
    const controller = new AbortController();
    const reason = new Error('the job was cancelled');
    await expect(
      download(
        (_request, response) => {
          response.write(FILE.subarray(0, 10), () => controller.abort(reason));
        },
        { signal: controller.signal },
      ),
    ).rejects.toBe(reason);
  });
});
