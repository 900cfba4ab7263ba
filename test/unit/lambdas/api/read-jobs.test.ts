import { describe, expect, it } from '@jest/globals';
import { ulid } from 'ulid';
import { jobListSchema, jobViewSchema } from '#contracts/api.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { ALICE, BOB, s3Job, webhook } from './api-bench.ts';
import { api, jobs } from './api-of-each-test.ts';
import { at } from './job-life.ts';

describe('GET /v1/jobs/{jobId}', () => {
  it('shows the job as its caller may see it', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    const { status, body, headers } = await api.call({ method: 'GET', path: `/v1/jobs/${jobId}` });

    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(jobViewSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ jobId, status: 'QUEUED', webhooks: {} });
    for (const ours of ['tenant', 'pendingEvents', 'sweep', 'expiresAt', 'batchJobId']) {
      expect(body).not.toHaveProperty(ours);
    }
    expect(body).not.toHaveProperty('links');
  });

  it('gives links with which anyone can fetch the artifacts for a while', async () => {
    const jobId = await jobs.post();
    await jobs.finish(jobId);
    const { body } = await api.call({ method: 'GET', path: `/v1/jobs/${jobId}` });

    expect(jobViewSchema.parse(body)).toEqual(body);
    const link = new URL(body.links.markdown);
    expect(link.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(link.searchParams.get('response-content-disposition')).toBe(
      'attachment; filename="transcript.md"',
    );
    const file = await fetch(link);
    expect(await file.text()).toBe('# Hello');
  });

  it('shows why a job failed', async () => {
    const jobId = await jobs.post();
    await jobs.breakDown(jobId);
    const { body } = await api.call({ method: 'GET', path: `/v1/jobs/${jobId}` });

    expect(jobViewSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ status: 'FAILED', failure: { code: 'INPUT_EMPTY' } });
  });

  it('shows what became of the deliveries', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    const delivery = {
      state: 'delivered' as const,
      attempts: [{ at: at(1), outcome: 'delivered' as const, status: 200, durationMs: 12 }],
    };
    await api.store.recordDelivery(jobId, `evt_${jobId}_queued`, delivery, 0);
    const { body } = await api.call({ method: 'GET', path: `/v1/jobs/${jobId}` });

    expect(body.webhooks).toEqual({ [`evt_${jobId}_queued`]: delivery });
  });

  it('does not show who is at work on a delivery', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    const eventId = `evt_${jobId}_queued`;
    await api.store.leaseDelivery(jobId, eventId, undefined, { now: at(1), until: at(2) });
    const { body } = await api.call({ method: 'GET', path: `/v1/jobs/${jobId}` });

    expect(jobViewSchema.parse(body)).toEqual(body);
    expect(body.webhooks).toEqual({ [eventId]: { state: 'pending', attempts: [] } });
  });
});

describe("another caller's job", () => {
  it.each([
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/cancel'],
    ['POST', '/webhooks/replay'],
  ])('is not there for %s %s, and stays as it is', async (method, route) => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    await jobs.finish(jobId);
    const before = await jobs.read(jobId);
    await api.webhookMessages();

    const path = `/v1/jobs/${jobId}${route}`;
    const stranger = await api.call({ method, path, tenant: BOB });
    const nobodys = await api.call({ method, path: `/v1/jobs/${ulid()}${route}`, tenant: BOB });

    expect(stranger).toMatchObject({ status: 404, body: { code: 'JOB_NOT_FOUND' } });
    expect({ ...stranger.body, instance: '' }).toEqual({ ...nobodys.body, instance: '' });
    expect(await jobs.read(jobId)).toEqual(before);
    expect(await api.webhookMessages()).toEqual([]);
  });

  it.each(['x', '01J9Z3X8M4T6V7W8Y9ABCDEFG', 'idempotency%23abc', '%00'])(
    'is not there under the odd id %s either',
    async (id) => {
      const answer = await api.call({ method: 'GET', path: `/v1/jobs/${id}` });
      expect(answer).toMatchObject({ status: 404, body: { code: 'JOB_NOT_FOUND' } });
    },
  );
});

describe('GET /v1/jobs', () => {
  const list = (query: Record<string, string | string[]> = {}, tenant = ALICE) =>
    api.call({ method: 'GET', query, tenant });

  it("pages through the caller's jobs, newest first, and through nobody else's", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      // ULIDs of one millisecond come in no order.
      await new Promise((resolve) => setTimeout(resolve, 2));
      ids.unshift(await jobs.post());
    }
    await jobs.post(s3Job, BOB);

    const seen: string[] = [];
    let cursor: string | undefined;
    const sizes: number[] = [];
    do {
      const { status, body } = await list({ limit: '2', ...(cursor && { cursor }) });
      expect(status).toBe(200);
      expect(jobListSchema.parse(body)).toEqual(body);
      seen.push(...body.jobs.map(({ jobId }: { jobId: string }) => jobId));
      sizes.push(body.jobs.length);
      cursor = body.cursor;
    } while (cursor !== undefined);

    expect(seen).toEqual(ids);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('fills a page of one status though other jobs lie between', async () => {
    const wanted: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const jobId = await jobs.post();
      if (index % 4 === 0) {
        await jobs.breakDown(jobId);
        wanted.unshift(jobId);
      }
    }
    const first = (await list({ status: 'FAILED', limit: '2' })).body;
    const second = (await list({ status: 'FAILED', limit: '2', cursor: first.cursor })).body;

    const ids = [first, second].map(({ jobs }) => jobs.map((job: JobRecord) => job.jobId));
    expect(ids).toEqual([wanted.slice(0, 2), wanted.slice(2)]);
    expect(second.cursor).toBeUndefined();
  });

  it("gains nothing from a cursor that is another caller's job", async () => {
    const theirs = await jobs.post(s3Job, BOB);
    const { body } = await list({ cursor: theirs });
    expect(body.jobs).toEqual([]);
  });

  it.each([
    ['limit', '0'],
    ['limit', '101'],
    ['limit', 'x'],
    ['status', 'DONE'],
    ['cursor', 'x'],
    ['colour', 'red'],
    ['status', ['FAILED', 'RUNNING']],
    ['limit', ['5', '10']],
  ])('refuses %s=%s', async (name, value) => {
    const { status, body } = await list({ [name]: value });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: name }] });
  });
});
