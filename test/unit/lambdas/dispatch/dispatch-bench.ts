import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import { createBatchJobs } from '../../../../lambdas/dispatch/batch-jobs.ts';
import type { DispatchDependencies } from '../../../../lambdas/dispatch/dispatch-job.ts';
import { type BatchService, startBatchService } from '../../../environment/batch-service.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { createManualClock, type ManualClock } from '../../../environment/manual-clock.ts';
import { createTestLog } from '../../../environment/test-log.ts';

export type DispatchBench = AsyncDisposable & {
  aws: LoopbackAws;
  batch: BatchService;
  clock: ManualClock;
  store: JobStore;
  webhookQueueUrl: string;
  table: string;
  /** What one more dispatcher, with clients of its own, works with. */
  dispatcher(): DispatchDependencies;
};

export async function startDispatchBench(): Promise<DispatchBench> {
  const [aws, batch] = await Promise.all([startLoopbackAws(), startBatchService()]);
  const table = await aws.createJobTable('jobs');
  const webhookQueueUrl = await aws.createQueue('webhooks');
  const clock = createManualClock();
  const store = createJobStore(aws.dynamo, table);
  return {
    aws,
    batch,
    clock,
    store,
    table,
    webhookQueueUrl,
    dispatcher: () => {
      const ownStore = createJobStore(aws.dynamo, table);
      return {
        store: ownStore,
        outbox: createEventOutbox({ sqs: aws.sqs, queueUrl: webhookQueueUrl, store: ownStore }),
        batch: createBatchJobs(
          { once: batch.client(), repeating: batch.client({ maxAttempts: 3 }) },
          { jobQueue: 'gpu', jobDefinition: 'worker' },
          { retries: 1, minTimeout: 0 },
        ),
        log: createTestLog().log,
        now: clock.now,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([aws[Symbol.asyncDispose](), batch[Symbol.asyncDispose]()]);
    },
  };
}
