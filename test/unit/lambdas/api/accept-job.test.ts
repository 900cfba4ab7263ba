import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { ulid } from 'ulid';
import { uploadKey } from '#contracts/identifiers.ts';
import { jobMessageSchema, webhookMessageSchema } from '#contracts/queue-messages.ts';
import { webhookSecretName, webhookSecretSchema } from '#contracts/webhook-secret.ts';
import { ALICE, BOB, s3Job, webhook } from './api-bench.ts';
import { api, aws } from './api-of-each-test.ts';

describe('POST /v1/jobs', () => {
  it('answers 202 with the id of a job whose record holds every default', async () => {
    const answer = await api.call({ body: s3Job });

    expect(answer.status).toBe(202);
    const [record] = await api.recordsOf(ALICE);
    expect(answer.body).toEqual({
      jobId: record?.jobId,
      status: 'QUEUED',
      statusUrl: `https://api.example.com/prod/v1/jobs/${record?.jobId}`,
    });
    expect(answer.headers['location']).toBe(answer.body.statusUrl);
    expect(record).toMatchObject({
      status: 'QUEUED',
      tenant: ALICE,
      attempt: 0,
      sweep: 'open',
      request: {
        priority: 0,
        metadata: {},
        outputs: ['markdown', 'json', 'srt', 'vtt', 'txt', 'tsv'],
        tasks: { transcription: { model: 'base', language: 'auto', beamSize: 1 } },
      },
    });
    expect(record?.expiresAt).toBe(
      Math.floor(Date.parse(record?.createdAt ?? '') / 1_000) + 30 * 24 * 60 * 60,
    );
  });

  it('puts one message into the job queue and says so in the record', async () => {
    const { body } = await api.call({ body: s3Job });

    const messages = await api.jobMessages();
    expect(messages).toEqual([{ version: 1, jobId: body.jobId }]);
    expect(jobMessageSchema.parse(messages[0])).toEqual(messages[0]);
    expect((await api.store.get(body.jobId))?.enqueuedAt).toBeDefined();
  });

  it('tells job.queued to a webhook, and leaves nothing pending', async () => {
    const { body } = await api.call({ body: { ...s3Job, webhook, metadata: { talk: '7' } } });

    const messages = await api.webhookMessages();
    expect(messages.map((message) => webhookMessageSchema.parse(message))).toEqual([
      {
        version: 1,
        jobId: body.jobId,
        event: expect.objectContaining({
          id: `evt_${body.jobId}_queued`,
          type: 'job.queued',
          data: { jobId: body.jobId, metadata: { talk: '7' } },
        }),
      },
    ]);
    expect((await api.store.get(body.jobId))?.pendingEvents).toEqual({});
  });

  it('tells nothing where the webhook did not ask for job.queued, or there is none', async () => {
    await api.call({ body: s3Job });
    await api.call({ body: { ...s3Job, webhook: { ...webhook, events: ['job.failed'] } } });

    expect(await api.webhookMessages()).toEqual([]);
  });

  it("makes the caller's signing secret with the first webhook and keeps it after that", async () => {
    const SecretId = webhookSecretName(api.environment.WEBHOOK_SECRETS_PREFIX, ALICE);
    const secret = () => aws.secrets.send(new GetSecretValueCommand({ SecretId }));

    await api.call({ body: s3Job });
    await expect(secret()).rejects.toThrow("can't find");

    await api.call({ body: { ...s3Job, webhook } });
    const first = await secret();
    const { current } = webhookSecretSchema.parse(JSON.parse(first.SecretString ?? ''));
    expect(Buffer.from(current.slice('whsec_'.length), 'base64')).toHaveLength(32);

    const { status } = await api.startProcess().call({ body: { ...s3Job, webhook } });
    expect(status).toBe(202);
    expect((await secret()).SecretString).toBe(first.SecretString);
  });

  it('keeps the record as long as the deployment keeps jobs', async () => {
    const { body } = await api.call({ body: s3Job });

    const record = await api.store.get(body.jobId);
    expect(record?.expiresAt).toBe(
      Math.floor(Date.parse(record?.createdAt ?? '') / 1_000) +
        Number(api.environment.RETENTION_DAYS) * 24 * 60 * 60,
    );
  });

  it('takes an upload of the same caller', async () => {
    const uploadId = ulid();
    const Bucket = api.environment.ARTIFACTS_BUCKET;
    await aws.s3.send(
      new PutObjectCommand({ Bucket, Key: uploadKey(ALICE, uploadId), Body: 'media' }),
    );
    const body = { ...s3Job, input: { uploadId } };

    expect((await api.call({ body })).status).toBe(202);
    expect((await api.call({ body, tenant: BOB })).body).toMatchObject({
      status: 404,
      code: 'UPLOAD_NOT_FOUND',
    });
  });

  it('takes loopback URLs where the deployment says so, and nowhere else', async () => {
    const body = {
      input: { url: 'http://127.0.0.1:8080/talk.mp4' },
      tasks: { transcription: {} },
      webhook: { url: 'http://localhost:9000/hook' },
    };
    const laptop = api.startProcess({ environment: { ALLOW_LOOPBACK_URLS: true } });

    expect((await laptop.call({ body })).status).toBe(202);
    expect((await api.call({ body })).status).toBe(400);
  });

  it('writes to the artifacts bucket and to output buckets on the list', async () => {
    for (const bucket of [api.environment.ARTIFACTS_BUCKET, 'results']) {
      const { status } = await api.call({ body: { ...s3Job, output: { bucket, prefix: 'a/b/' } } });
      expect(status).toBe(202);
    }
  });

  it('still answers 202 where the queue fails after the record was written, and leaves the job to the sweeper', async () => {
    const sqs = { send: () => Promise.reject(new Error('queue down')) } as never;
    const broken = api.startProcess({ clients: { ...api.clients, sqs } });

    const { status, body } = await broken.call({ body: { ...s3Job, webhook } });

    expect(status).toBe(202);
    const record = await api.store.get(body.jobId);
    expect(record?.enqueuedAt).toBeUndefined();
    expect(record?.sweep).toBe('open');
    expect(Object.keys(record?.pendingEvents ?? {})).toEqual([`evt_${body.jobId}_queued`]);
  });

  it('answers 500 and creates nothing where the record cannot be written', async () => {
    const dynamo = { send: () => Promise.reject(new Error('table down')) } as never;
    const broken = api.startProcess({ clients: { ...api.clients, dynamo } });

    const { status, body } = await broken.call({ body: s3Job });

    expect(status).toBe(500);
    expect(body.code).toBe('INTERNAL');
    expect(await api.recordsOf(ALICE)).toEqual([]);
    expect(await api.jobMessages()).toEqual([]);
  });
});
