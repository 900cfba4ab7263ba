import { describe, expect, it } from '@jest/globals';
import { s3Job, webhook } from './api-bench.ts';
import { api, jobs } from './api-of-each-test.ts';

describe('POST /v1/jobs/{jobId}/webhooks/replay', () => {
  const replay = (jobId: string, body?: object) =>
    api.call({ path: `/v1/jobs/${jobId}/webhooks/replay`, body });
  const events = async () =>
    (await api.webhookMessages()) as { event: { type: string }; replayedAt?: string }[];

  it('sends the events again as they were, marked as a replay', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook, metadata: { a: 'b' } });
    await jobs.finish(jobId);
    const { pendingEvents } = await jobs.read(jobId);
    const [queued] = await events();

    const { status, body } = await replay(jobId);

    expect(status).toBe(202);
    expect(body.replayed).toEqual(
      ['queued', 'running_1', 'completed'].map((what) => `evt_${jobId}_${what}`),
    );
    const sent = await events();
    expect(sent.map(({ event }) => event)).toEqual([
      queued?.event,
      pendingEvents[`evt_${jobId}_running_1`],
      pendingEvents[`evt_${jobId}_completed`],
    ]);
    expect(new Set(sent.map(({ replayedAt }) => replayedAt)).size).toBe(1);
    expect(sent[0]?.replayedAt).toBeDefined();
  });

  it('sends only the events that are named', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    await jobs.breakDown(jobId);
    await events();

    const failed = `evt_${jobId}_failed`;
    expect((await replay(jobId, { eventIds: [failed] })).body).toEqual({ replayed: [failed] });
    expect((await events()).map(({ event }) => event.type)).toEqual(['job.failed']);
  });

  it('refuses an event that the job never had', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    await events();
    const { status, body } = await replay(jobId, {
      eventIds: [`evt_${jobId}_queued`, `evt_${jobId}_completed`],
    });

    expect(status).toBe(400);
    expect(body.errors).toEqual([expect.objectContaining({ path: 'eventIds.1' })]);
    expect(await events()).toEqual([]);
  });

  it('refuses a job without a webhook', async () => {
    const jobId = await jobs.post();
    expect(await replay(jobId)).toMatchObject({
      status: 409,
      body: { code: 'WEBHOOK_NOT_CONFIGURED' },
    });
  });
});
