import {
  type BatchClient,
  type JobStatus,
  type JobSummary,
  paginateListJobs,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import pRetry, { type Options as RetryOptions } from 'p-retry';

const ENDED: readonly JobStatus[] = ['SUCCEEDED', 'FAILED'];

const THROTTLING = new Set([
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
]);

/** Two more tries within the second; what is still throttled then waits in its queue. */
const THROTTLED_SUBMIT_RETRY: RetryOptions = {
  retries: 2,
  minTimeout: 200,
  factor: 2,
  randomize: true,
};

export type BatchJobRequest = {
  jobId: string;
  shareIdentifier: string;
  /** 0–9; a higher one starts sooner within its share. */
  priority: number;
};

/**
 * What came of asking for a job. `refused` is certain: AWS Batch has made no
 * job. After a timeout or a server error nothing is certain, and `submit`
 * throws.
 */
export type SubmitOutcome =
  | { outcome: 'submitted'; batchJobId: string }
  | { outcome: 'refused'; throttled: boolean; cause: Error };

/** The part of AWS Batch that dispatch uses; a job there is named by our job id. */
export type BatchJobs = ReturnType<typeof createBatchJobs>;

/**
 * @param clients.once A client that never repeats a request by itself:
 *   SubmitJob has no idempotency token, so a repetition after a lost answer
 *   would make a second job.
 * @param clients.repeating For what can be repeated without harm.
 */
export function createBatchJobs(
  clients: { once: BatchClient; repeating: BatchClient },
  target: { jobQueue: string; jobDefinition: string },
  retry: RetryOptions = THROTTLED_SUBMIT_RETRY,
) {
  return {
    /** @throws Whatever left it open whether AWS Batch has made a job. */
    async submit(request: BatchJobRequest): Promise<SubmitOutcome> {
      const command = new SubmitJobCommand({
        ...target,
        jobName: request.jobId,
        parameters: { jobId: request.jobId },
        shareIdentifier: request.shareIdentifier,
        schedulingPriorityOverride: request.priority,
        tags: { 'reelscribe:jobId': request.jobId, 'reelscribe:share': request.shareIdentifier },
        propagateTags: true,
      });
      try {
        const { jobId } = await pRetry(() => clients.once.send(command), {
          ...retry,
          shouldRetry: ({ error }) => isThrottling(error),
        });
        if (jobId === undefined) {
          throw new Error('SubmitJob answered without a job id');
        }
        return { outcome: 'submitted', batchJobId: jobId };
      } catch (error) {
        if (error instanceof Error && (isThrottling(error) || isClientFault(error))) {
          return { outcome: 'refused', throttled: isThrottling(error), cause: error };
        }
        throw error;
      }
    },

    /** The oldest job of this name that has not ended, if there is one. */
    async findLive(jobId: string): Promise<string | undefined> {
      const live: JobSummary[] = [];
      const pages = paginateListJobs(
        { client: clients.repeating },
        // With a filter, jobs in every status are listed.
        { jobQueue: target.jobQueue, filters: [{ name: 'JOB_NAME', values: [jobId] }] },
      );
      for await (const { jobSummaryList = [] } of pages) {
        live.push(
          ...jobSummaryList.filter(({ status }) => status === undefined || !ENDED.includes(status)),
        );
      }
      live.sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
      return live[0]?.jobId;
    },

    /** Ends a job, or does nothing where it has ended. */
    async terminate(batchJobId: string, reason: string): Promise<void> {
      await clients.repeating.send(new TerminateJobCommand({ jobId: batchJobId, reason }));
    },
  };
}

function isThrottling(error: Error): boolean {
  return THROTTLING.has(error.name) || statusOf(error) === 429;
}

/** The service answered that the request itself is at fault, so nothing was made of it. */
function isClientFault(error: Error): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500;
}

function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
