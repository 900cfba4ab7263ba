import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../account.ts';
import { describeJob, type Job, jobArn } from './job.ts';

/**
 * The event that EventBridge gets when a job changes its status:
 * https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
 */
export type JobStateChangeEvent = ReturnType<typeof jobStateChangeEvent>;

export function jobStateChangeEvent(job: Job) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    account: LOCAL_ACCOUNT,
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region: LOCAL_REGION,
    resources: [jobArn(job)],
    detail: structuredClone(describeJob(job)),
  };
}
