import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { uploadTicketSchema } from '#contracts/api.ts';
import { uploadKey } from '#contracts/identifiers.ts';
import { ALICE, s3Job } from './api-bench.ts';
import { api, aws } from './api-of-each-test.ts';

const ask = (body: unknown) => api.call({ path: '/v1/uploads', body });

describe('POST /v1/uploads', () => {
  it('gives a form that brings a file to where only a job of the same caller finds it', async () => {
    const { status, body } = await ask({ bytes: 5, contentType: 'audio/mpeg' });
    expect(status).toBe(201);
    const ticket = uploadTicketSchema.parse(body);

    const form = new FormData();
    for (const [name, value] of Object.entries(ticket.fields)) {
      form.append(name, value);
    }
    form.append('file', new Blob(['media']), 'talk.mp3');
    expect((await fetch(ticket.url, { method: 'POST', body: form })).status).toBe(204);

    const object = await aws.s3.send(
      new HeadObjectCommand({
        Bucket: api.environment.ARTIFACTS_BUCKET,
        Key: uploadKey(ALICE, ticket.uploadId),
      }),
    );
    expect(object).toMatchObject({ ContentLength: 5, ContentType: 'audio/mpeg' });
    const job = { ...s3Job, input: { uploadId: ticket.uploadId } };
    expect((await api.call({ body: job })).status).toBe(202);
  });

  // The emulator checks no policies, S3 does: so the policy itself is what counts.
  it('signs a policy that binds size, type, bucket and key for 15 minutes', async () => {
    const before = Date.now();
    const { body } = await ask({ bytes: 1_234, contentType: 'video/webm' });
    const policy = JSON.parse(Buffer.from(body.fields.Policy, 'base64').toString());

    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', 1_234, 1_234],
        { 'Content-Type': 'video/webm' },
        { bucket: api.environment.ARTIFACTS_BUCKET },
        { key: uploadKey(ALICE, body.uploadId) },
      ]),
    );
    const lifetimeMs = Date.parse(policy.expiration) - before;
    expect(lifetimeMs).toBeGreaterThan(14 * 60_000);
    expect(lifetimeMs).toBeLessThan(16 * 60_000);
    expect(JSON.stringify(policy)).not.toContain('starts-with');
  });

  it('gives another id each time', async () => {
    const ids = [(await ask({ bytes: 1 })).body.uploadId, (await ask({ bytes: 1 })).body.uploadId];
    expect(new Set(ids).size).toBe(2);
  });

  it('refuses a file above the limit of the deployment', async () => {
    expect((await ask({ bytes: 1_000_000 })).status).toBe(201);
    expect(await ask({ bytes: 1_000_001 })).toMatchObject({
      status: 422,
      body: { code: 'INPUT_TOO_LARGE' },
    });
  });

  it.each([
    [{}, 'bytes'],
    [{ bytes: 0 }, 'bytes'],
    [{ bytes: 1.5 }, 'bytes'],
    [{ bytes: 1, contentType: 'text/html' }, 'contentType'],
    [{ bytes: 1, key: 'jobs/x' }, 'key'],
  ])('refuses %j', async (body, path) => {
    expect((await ask(body)).body).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path }] });
  });
});
