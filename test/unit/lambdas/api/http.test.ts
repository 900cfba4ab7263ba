import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createHandler } from '../../../../lambdas/api/handler.ts';
import { tenantOf } from '../../../../lambdas/api/http/caller.ts';
import { type proxyEvent, s3Job, webhook } from './api-bench.ts';
import { api } from './api-of-each-test.ts';

describe('the API', () => {
  it('tells anyone that it is well, and its version', async () => {
    const { status, body } = await api.call({
      method: 'GET',
      path: '/v1/health',
      tenant: undefined,
    });
    expect(status).toBe(200);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(body).toEqual({ ok: true, version });
  });

  it.each([
    ['POST', '/v1/jobs'],
    ['GET', '/v1/jobs'],
    ['GET', '/v1/jobs/01J9Z3X8M4T6V7W8Y9ABCDEFGH'],
    ['DELETE', '/v1/jobs/01J9Z3X8M4T6V7W8Y9ABCDEFGH'],
    ['POST', '/v1/jobs/01J9Z3X8M4T6V7W8Y9ABCDEFGH/cancel'],
    ['POST', '/v1/jobs/01J9Z3X8M4T6V7W8Y9ABCDEFGH/webhooks/replay'],
    ['POST', '/v1/uploads'],
    ['GET', '/v1/openapi.json'],
  ])('refuses %s %s of a caller that API Gateway does not vouch for', async (method, path) => {
    const body = method === 'POST' ? s3Job : undefined;
    const answer = await api.call({
      method,
      path,
      body,
      tenant: undefined,
      headers: { 'x-api-key': 'key-alice' },
    });
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });

  it('answers an unknown route with a problem document', async () => {
    const answer = await api.call({ method: 'GET', path: '/v1/videos' });
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:reelscribe:problem:ROUTE_NOT_FOUND',
        code: 'ROUTE_NOT_FOUND',
        instance: '/v1/videos',
        hint: expect.any(String),
      },
    });
  });

  it('names the methods of a route that does not take this one', async () => {
    const answer = await api.call({ method: 'PUT', path: '/v1/jobs' });
    expect(answer).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
    expect(answer.headers['allow']?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  it('does not mistake an absent job for a wrong method', async () => {
    const answer = await api.call({ method: 'GET', path: '/v1/jobs/01J9Z3X8M4T6V7W8Y9ABCDEFGH' });
    expect(answer.body.code).toBe('JOB_NOT_FOUND');
  });

  it('takes a GET that carries a body', async () => {
    const answer = await api.call({ method: 'GET', path: '/v1/health', body: 'stray' });
    expect(answer.status).toBe(200);
  });

  it('serves its OpenAPI document with the address it was called at', async () => {
    const { body } = await api.call({ method: 'GET', path: '/v1/openapi.json' });
    expect(body).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'https://api.example.com/prod' }],
    });
  });

  it('hides what broke from the caller and shows it to the log, with the request id', async () => {
    const logLines: string[] = [];
    const dynamo = { send: () => Promise.reject(new Error('the table jobs-secret')) } as never;
    const broken = api.startProcess({ clients: { ...api.clients, dynamo }, logLines });

    const { status, body } = await broken.call({ method: 'GET' });

    expect(status).toBe(500);
    expect(body).toEqual({
      type: 'urn:reelscribe:problem:INTERNAL',
      title: 'Something failed on our side',
      status: 500,
      code: 'INTERNAL',
      detail: 'Something failed on our side',
      hint: expect.any(String),
      instance: '/v1/jobs',
      requestId: 'request-1',
    });
    const entries = logLines.map((line) => JSON.parse(line));
    expect(entries).toContainEqual(
      expect.objectContaining({
        requestId: 'request-1',
        err: expect.objectContaining({ message: 'the table jobs-secret' }),
      }),
    );
  });

  it('logs ids, and no body, key, link or secret', async () => {
    const logLines: string[] = [];
    const logging = api.startProcess({ logLines });
    const { body } = await logging.call({
      body: { ...s3Job, webhook, metadata: { name: 'confidential' } },
      headers: { 'Idempotency-Key': 'confidential-key', 'x-api-key': 'confidential-api-key' },
    });
    await logging.call({ method: 'GET', path: `/v1/jobs/${body.jobId}` });
    await logging.call({ path: '/v1/uploads', body: { bytes: 1 } });
    await logging.call({ body: { nonsense: 'confidential' } });

    const text = logLines.join('');
    expect(text).toContain(body.jobId);
    expect(text).toContain('request-1');
    expect(text).not.toMatch(/confidential|whsec_|X-Amz|hooks\.example\.com/i);
  });

  it('refuses to start in an environment that lacks a variable, and names it', () => {
    expect(() => createHandler({ JOB_TABLE: 'jobs' })).toThrow('JOB_QUEUE_URL');
  });
});

describe('the caller', () => {
  const eventOf = (identity: object) =>
    ({ requestContext: { identity } }) as unknown as ReturnType<typeof proxyEvent>;

  it.each([
    ['the id of the API key', { apiKeyId: 'abc', userArn: 'arn:x' }, 'abc'],
    [
      'the IAM user',
      { apiKeyId: null, userArn: 'arn:aws:iam::123456789012:user/ops/ann', caller: 'AIDA' },
      'arn:aws:iam::123456789012:user/ops/ann',
    ],
    [
      'the IAM role, whatever its session is called',
      { userArn: 'arn:aws:sts::123456789012:assumed-role/uploader/session-17' },
      'arn:aws:sts::123456789012:assumed-role/uploader',
    ],
    ['the principal id', { caller: 'AIDAEXAMPLE' }, 'AIDAEXAMPLE'],
  ])('is %s', (_what, identity, tenant) => {
    expect(tenantOf(eventOf(identity))).toBe(tenant);
  });

  it('is nobody where API Gateway names none', () => {
    expect(() => tenantOf(eventOf({ apiKeyId: '', userArn: null, caller: null }))).toThrow(
      'not allowed',
    );
  });
});
