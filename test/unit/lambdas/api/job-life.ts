import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ARTIFACTS } from '#contracts/artifacts.ts';
import { attachBatchJob, claim, fail, start, succeed } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobResult } from '#contracts/job-result.ts';
import type { LoopbackAws } from '../../../environment/loopback-aws.ts';
import { sampleFailure, sampleResult } from '../../../environment/sample-job.ts';
import { ALICE, s3Job, type setUpApi } from './api-bench.ts';

export const BATCH_JOB_ID = 'batch-1';

export const at = (second: number) => `2025-01-15T10:00:${String(second).padStart(2, '0')}.000Z`;

/** Takes jobs through their life as the caller, the dispatcher and the worker would. */
export function jobLife(aws: LoopbackAws, api: Awaited<ReturnType<typeof setUpApi>>) {
  async function post(body: object = s3Job, tenant = ALICE): Promise<string> {
    const answer = await api.call({ body, tenant });
    if (answer.status !== 202) {
      throw new Error(`refused: ${answer.body.detail}`);
    }
    return answer.body.jobId;
  }

  async function read(jobId: string): Promise<JobRecord> {
    const record = await api.store.get(jobId);
    if (record === undefined) {
      throw new Error(`no record of ${jobId}`);
    }
    return record;
  }

  async function submit(jobId: string): Promise<void> {
    await api.store.apply(jobId, claim(at(1)), at(1));
    await api.store.apply(jobId, attachBatchJob(BATCH_JOB_ID), at(2));
  }

  async function run(jobId: string): Promise<void> {
    await submit(jobId);
    const change = start(await read(jobId), { attempt: 1, batchJobId: BATCH_JOB_ID, now: at(3) });
    await api.store.apply(jobId, change, at(3));
  }

  /** Ends a running job, unless it has ended otherwise. */
  async function succeedWith(jobId: string, artifacts: JobResult['artifacts']): Promise<void> {
    const end = {
      attempt: 1,
      batchJobId: BATCH_JOB_ID,
      now: at(9),
      result: sampleResult(artifacts),
    };
    await api.store.apply(jobId, succeed(await read(jobId), end), at(9));
  }

  /** Publishes a Markdown file as the worker would, and finishes the job. */
  async function finish(jobId: string, folder: { bucket?: string; prefix?: string } = {}) {
    const { bucket = api.environment.ARTIFACTS_BUCKET, prefix = '' } = folder;
    await run(jobId);
    const key = `${prefix}jobs/${jobId}/${ARTIFACTS.markdown.file}`;
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '# Hello' }));
    const { contentType } = ARTIFACTS.markdown;
    const file = { bucket, key, bytes: 7, sha256: '0'.repeat(64), contentType };
    await succeedWith(jobId, [{ kind: 'markdown', ...file }]);
  }

  async function breakDown(jobId: string): Promise<void> {
    await run(jobId);
    const end = { now: at(9), failure: sampleFailure };
    await api.store.apply(jobId, fail(await read(jobId), end), at(9));
  }

  return { post, read, submit, run, succeedWith, finish, breakDown };
}
