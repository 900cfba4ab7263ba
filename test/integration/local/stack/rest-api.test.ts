import { afterEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { LoopbackServer } from '../../../../local/emulators/loopback.ts';
import { matchPath, type RestApiOptions, startRestApi } from '../../../../local/stack/rest-api.ts';

const KEY = 'the-key';

let server: LoopbackServer | undefined;
let events: APIGatewayProxyEvent[] = [];

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  events = [];
});

const answer = (body: unknown, statusCode = 200) => ({ statusCode, body: JSON.stringify(body) });

async function start(options: Partial<RestApiOptions> = {}): Promise<string> {
  const invoke = async (event: APIGatewayProxyEvent) => {
    events.push(event);
    return answer({ ok: true });
  };
  server = await startRestApi({
    stage: 'prod',
    methods: [
      { resource: '/v1/health', httpMethod: 'GET', apiKeyRequired: false, invoke },
      { resource: '/v1/jobs/{id}', httpMethod: 'GET', apiKeyRequired: true, invoke },
      { resource: '/v1/{proxy+}', httpMethod: 'ANY', apiKeyRequired: true, invoke },
    ],
    gatewayResponses: {},
    apiKeys: new Map([[KEY, 'key-id']]),
    onError: () => undefined,
    ...options,
  });
  return `${server.origin}/prod`;
}

describe('the REST API', () => {
  it('lets nobody in without a key where the method requires one', async () => {
    const url = await start();
    for (const headers of [{}, { 'x-api-key': 'wrong' }, { 'x-api-key': '' }]) {
      const response = await fetch(`${url}/v1/jobs/1`, { headers });
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({ message: 'Forbidden' });
    }
    expect(events).toEqual([]);
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
  });

  it('tells the function whose key it was, in the place where the caller cannot write', async () => {
    const url = await start();
    await fetch(`${url}/v1/jobs/1`, { headers: { 'x-api-key': KEY, 'x-api-key-id': 'forged' } });
    expect(events[0]?.requestContext.identity).toMatchObject({ apiKey: KEY, apiKeyId: 'key-id' });
  });

  it('makes a proxy event of a request', async () => {
    const url = await start();
    await fetch(`${url}/v1/jobs?status=FAILED&status=QUEUED&limit=5`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
      body: '{"a":"ü"}',
    });
    expect(events[0]).toMatchObject({
      resource: '/v1/{proxy+}',
      path: '/v1/jobs',
      httpMethod: 'POST',
      pathParameters: { proxy: 'jobs' },
      queryStringParameters: { status: 'QUEUED', limit: '5' },
      multiValueQueryStringParameters: { status: ['FAILED', 'QUEUED'], limit: ['5'] },
      body: '{"a":"ü"}',
      isBase64Encoded: false,
      requestContext: { stage: 'prod', path: '/prod/v1/jobs' },
    });
    expect(events[0]?.headers['content-type']).toBe('application/json');
  });

  it('answers with what the function returned', async () => {
    const url = await start({
      methods: [
        {
          resource: '/v1/health',
          httpMethod: 'GET',
          apiKeyRequired: false,
          invoke: async () => ({
            statusCode: 202,
            headers: { 'x-single': 'one' },
            multiValueHeaders: { 'x-many': ['a', 'b'] },
            body: Buffer.from('hello').toString('base64'),
            isBase64Encoded: true,
          }),
        },
      ],
    });
    const response = await fetch(`${url}/v1/health`);
    expect([response.status, await response.text()]).toEqual([202, 'hello']);
    expect(response.headers.get('x-single')).toBe('one');
    expect(response.headers.get('x-many')).toBe('a, b');
  });

  it('answers 502 where the function throws or returns no response', async () => {
    for (const invoke of [
      async () => 'nonsense',
      async () => {
        throw new Error('broken');
      },
    ]) {
      const method = { resource: '/v1/x', httpMethod: 'GET', apiKeyRequired: false, invoke };
      const url = await start({ methods: [method] });
      expect((await fetch(`${url}/v1/x`)).status).toBe(502);
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    }
  });

  it('gives its own answers the shape that the gateway responses have', async () => {
    const url = await start({
      gatewayResponses: {
        INVALID_API_KEY: {
          status: 403,
          headers: { 'content-type': 'application/problem+json' },
          templates: {
            'application/json':
              '{"code":"FORBIDDEN","detail":$context.error.messageString,"requestId":"$context.requestId"}',
          },
        },
      },
    });
    const response = await fetch(`${url}/v1/jobs/1`);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      code: 'FORBIDDEN',
      detail: 'Forbidden',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('knows no path that the template does not have', async () => {
    const url = await start();
    expect((await fetch(`${url}/v2/jobs`, { headers: { 'x-api-key': KEY } })).status).toBe(403);
    expect((await fetch(`${url}/v1/health`, { method: 'DELETE' })).status).toBe(403);
    expect(events).toEqual([]);
  });
});

describe('matchPath', () => {
  it('matches literal parts, parameters and a greedy rest', () => {
    expect(matchPath('/v1/jobs', '/v1/jobs')).toEqual({});
    expect(matchPath('/v1/jobs', '/v1/jobs/')).toEqual({});
    expect(matchPath('/v1/jobs/{id}/cancel', '/v1/jobs/a%20b/cancel')).toEqual({ id: 'a b' });
    expect(matchPath('/{proxy+}', '/v1/jobs/1')).toEqual({ proxy: 'v1/jobs/1' });
  });

  it('matches neither less nor more', () => {
    expect(matchPath('/v1/jobs/{id}', '/v1/jobs')).toBeUndefined();
    expect(matchPath('/v1/jobs', '/v1/jobs/1')).toBeUndefined();
    expect(matchPath('/v1/{proxy+}', '/v1')).toBeUndefined();
  });
});
