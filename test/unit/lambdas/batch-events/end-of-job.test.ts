import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '#contracts/errors.ts';
import { type EndedJob, endedJobSchema } from '../../../../lambdas/batch-events/batch-event.ts';
import { failureOf } from '../../../../lambdas/batch-events/end-of-job.ts';

function ended(how: Partial<EndedJob>): EndedJob {
  return endedJobSchema.parse({ jobId: 'b', jobName: 'j', status: 'FAILED', ...how });
}

const EXITED = 'Essential container in task exited';

describe('the failure of a job that ended without a record', () => {
  it.each<[string, ErrorCode, Partial<EndedJob>]>([
    [
      'its Spot machine was taken away',
      'INTERRUPTED',
      { statusReason: 'Host EC2 (instance i-0abc) terminated.', container: { exitCode: 137 } },
    ],
    [
      'it ran out of time',
      'ATTEMPT_TIMED_OUT',
      {
        statusReason: 'Job attempt duration exceeded timeout',
        container: { exitCode: 137 },
      },
    ],
    [
      'no machine could be had',
      'CAPACITY_UNAVAILABLE',
      {
        statusReason:
          'Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
      },
    ],
    [
      'no machine is large enough',
      'CAPACITY_UNAVAILABLE',
      { statusReason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - no instance type fits' },
    ],
    [
      'its image could not be pulled',
      'IMAGE_PULL_FAILED',
      {
        statusReason: 'Task failed to start',
        container: { reason: 'CannotPullContainerError: pull image manifest has been retried' },
      },
    ],
    [
      'ECS ended it for its memory',
      'OUT_OF_MEMORY',
      {
        statusReason: EXITED,
        container: {
          exitCode: 1,
          reason: 'OutOfMemoryError: Container killed due to memory usage',
        },
      },
    ],
    [
      'the kernel killed it',
      'OUT_OF_MEMORY',
      { statusReason: EXITED, container: { exitCode: 137 } },
    ],
    [
      'every attempt asked for another',
      'INTERRUPTED',
      { statusReason: EXITED, container: { exitCode: 75 } },
    ],
    ['it crashed', 'WORKER_CRASHED', { statusReason: EXITED, container: { exitCode: 139 } }],
    ['nothing is said', 'WORKER_CRASHED', {}],
    [
      'it says that all went well',
      'WORKER_CRASHED',
      { status: 'SUCCEEDED', container: { exitCode: 0 } },
    ],
  ])('where %s: %s', (_, code, how) => {
    expect(failureOf(ended(how))).toMatchObject({ code });
  });

  it('is read from the last attempt where the job itself names no container', () => {
    const attempts = [{ container: { exitCode: 139 } }, { container: { exitCode: 137 } }];
    expect(failureOf(ended({ statusReason: EXITED, attempts })).code).toBe('OUT_OF_MEMORY');
  });

  it('does not carry the words of the container', () => {
    const reason = 'CannotPullContainerError: 123456789012.dkr.ecr.amazonaws.com/secret-name';
    const failure = failureOf(ended({ container: { reason } }));
    expect(JSON.stringify(failure)).not.toContain('secret-name');
  });

  it('of an interruption says that the job can be sent again', () => {
    expect(failureOf(ended({ statusReason: 'Host EC2 (instance i-0) terminated.' }))).toMatchObject(
      { retryable: true, hint: 'Send the job again.' },
    );
  });
});
