import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { allow } from './allow.ts';

/** The tags that dispatch gives the jobs it submits. */
const JOB_TAG = 'reelscribe:jobId';
const SHARE_TAG = 'reelscribe:share';

/** Why `job/*` stands where one would like to see a job. */
export const JOB_WILDCARD_REASON =
  'AWS Batch names a job only when it is made; the statement is narrowed by the tags that our jobs carry.';

/** Ends jobs that dispatch submitted, and no others of the account. */
export function terminateOurJobs(jobs: string): PolicyStatement {
  return allow(['batch:TerminateJob'], [jobs], {
    Null: { [`aws:ResourceTag/${JOB_TAG}`]: 'false' },
  });
}

/** Gives a job its tags as it is submitted, and no other tags. */
export function tagOurJobs(jobs: string): PolicyStatement {
  return allow(['batch:TagResource'], [jobs], {
    'ForAllValues:StringEquals': { 'aws:TagKeys': [JOB_TAG, SHARE_TAG] },
  });
}
