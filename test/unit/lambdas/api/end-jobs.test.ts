import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { jobViewSchema } from '#contracts/api.ts';
import { attachBatchJob, claim } from '#contracts/job-changes.ts';
import { s3Job, webhook } from './api-bench.ts';
import { api, aws, jobs } from './api-of-each-test.ts';
import { at, BATCH_JOB_ID } from './job-life.ts';

describe('POST /v1/jobs/{jobId}/cancel', () => {
  const cancel = (jobId: string) => api.call({ path: `/v1/jobs/${jobId}/cancel` });

  it('cancels a queued job and tells job.canceled', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    await api.webhookMessages();

    const { status, body } = await cancel(jobId);

    expect(status).toBe(200);
    expect(jobViewSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ jobId, status: 'CANCELED' });
    expect(await api.webhookMessages()).toEqual([
      expect.objectContaining({
        event: expect.objectContaining({ type: 'job.canceled', timestamp: body.finishedAt }),
      }),
    ]);
    expect(await jobs.read(jobId)).toMatchObject({ pendingEvents: {} });
    expect((await jobs.read(jobId)).sweep).toBeUndefined();
    expect(api.terminated).toEqual([]);
  });

  it.each([
    ['submitted', (jobId: string) => jobs.submit(jobId)],
    ['running', (jobId: string) => jobs.run(jobId)],
  ])('stops the Batch job of a %s job', async (_status, reach) => {
    const jobId = await jobs.post();
    await reach(jobId);

    expect((await cancel(jobId)).body).toMatchObject({ status: 'CANCELED' });
    expect(api.terminated).toEqual([{ jobId: BATCH_JOB_ID, reason: expect.any(String) }]);
  });

  it('cancels a job that is being submitted: the dispatcher looks again', async () => {
    const jobId = await jobs.post();
    await api.store.apply(jobId, claim(at(1)), at(1));

    expect((await cancel(jobId)).body).toMatchObject({ status: 'CANCELED' });
    const late = await api.store.apply(jobId, attachBatchJob('late'), at(2));
    expect(late).toBeUndefined();
  });

  it('answers a canceled job as it is, and tells nothing again', async () => {
    const jobId = await jobs.post({ ...s3Job, webhook });
    const first = await cancel(jobId);
    await api.webhookMessages();

    const second = await cancel(jobId);

    expect(second).toMatchObject({ status: 200 });
    expect(second.body).toEqual(first.body);
    expect(await api.webhookMessages()).toEqual([]);
  });

  it.each([
    ['succeeded', (jobId: string) => jobs.finish(jobId), 'SUCCEEDED'],
    ['failed', (jobId: string) => jobs.breakDown(jobId), 'FAILED'],
  ])('refuses to cancel a job that %s', async (_end, reach, status) => {
    const jobId = await jobs.post();
    await reach(jobId);

    expect(await cancel(jobId)).toMatchObject({
      status: 409,
      body: { code: 'JOB_ALREADY_FINISHED', detail: `the job is ${status}` },
    });
    expect((await jobs.read(jobId)).status).toBe(status);
  });

  it('lets exactly one of two writers end the job', async () => {
    const jobId = await jobs.post();
    await jobs.run(jobId);
    const [canceled] = await Promise.all([cancel(jobId), jobs.succeedWith(jobId, [])]);

    const { status, result } = await jobs.read(jobId);
    expect(canceled.status).toBe(status === 'CANCELED' ? 200 : 409);
    expect(result === undefined).toBe(status === 'CANCELED');
  });

  it('stays canceled where Batch cannot be reached, and tries again when repeated', async () => {
    const jobId = await jobs.post();
    await jobs.run(jobId);
    const batch = { send: () => Promise.reject(new Error('batch down')) } as never;
    const broken = api.startProcess({ clients: { ...api.clients, batch } });

    expect((await broken.call({ path: `/v1/jobs/${jobId}/cancel` })).status).toBe(200);
    expect((await jobs.read(jobId)).status).toBe('CANCELED');
    await cancel(jobId);
    expect(api.terminated).toHaveLength(1);
  });
});

describe('DELETE /v1/jobs/{jobId}', () => {
  const remove = (jobId: string) => api.call({ method: 'DELETE', path: `/v1/jobs/${jobId}` });
  const keys = async (bucket: string) => {
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key);
  };

  it('deletes the record and every artifact, and no other job', async () => {
    const [jobId, other] = [await jobs.post(), await jobs.post()];
    await jobs.finish(jobId);
    await jobs.finish(other);
    const Bucket = api.environment.ARTIFACTS_BUCKET;
    await aws.s3.send(
      new PutObjectCommand({ Bucket, Key: `jobs/${jobId}/manifest.json`, Body: '{}' }),
    );

    expect((await remove(jobId)).status).toBe(204);

    expect(await api.store.get(jobId)).toBeUndefined();
    expect(await keys(Bucket)).toEqual([`jobs/${other}/transcript.md`]);
    expect((await remove(jobId)).body.code).toBe('JOB_NOT_FOUND');
  });

  it('finds the artifacts in the bucket and under the prefix that the request named', async () => {
    await aws.createBucket('results');
    const jobId = await jobs.post({ ...s3Job, output: { bucket: 'results', prefix: 'a/b/' } });
    await jobs.finish(jobId, { bucket: 'results', prefix: 'a/b/' });
    const object = { Bucket: 'results', Key: `a/b/jobs/${jobId}/transcript.md` };
    await expect(aws.s3.send(new GetObjectCommand(object))).resolves.toBeDefined();

    expect((await remove(jobId)).status).toBe(204);
    await expect(aws.s3.send(new GetObjectCommand(object))).rejects.toThrow();
  });

  it('keeps the record while the artifacts cannot be deleted', async () => {
    const jobId = await jobs.post();
    await jobs.finish(jobId);
    // S3 refuses to list a bucket that is not there.
    const broken = api.startProcess({ environment: { ARTIFACTS_BUCKET: 'absent' } });

    const answer = await broken.call({ method: 'DELETE', path: `/v1/jobs/${jobId}` });

    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    expect(await api.store.get(jobId)).toBeDefined();
    expect((await remove(jobId)).status).toBe(204);
  });

  it('refuses a job that has not finished', async () => {
    const jobId = await jobs.post();
    expect(await remove(jobId)).toMatchObject({ status: 409, body: { code: 'JOB_NOT_FINISHED' } });
    expect(await api.store.get(jobId)).toBeDefined();
  });
});
