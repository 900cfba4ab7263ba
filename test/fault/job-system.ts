import { randomBytes } from 'node:crypto';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createGuardedAgent } from '#adapters/guarded-agent.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import type { JobMessage, WebhookMessage } from '#contracts/queue-messages.ts';
import { formatSigningSecret } from '#contracts/webhook-secret.ts';
import { createBatchJobs } from '../../lambdas/dispatch/batch-jobs.ts';
import type { DispatchDependencies } from '../../lambdas/dispatch/dispatch-job.ts';
import { handleJobMessages } from '../../lambdas/dispatch/job-messages.ts';
import { sweep } from '../../lambdas/sweeper/sweep.ts';
import type { WebhookDependencies } from '../../lambdas/webhooks/deliver-event.ts';
import { handleWebhookMessages } from '../../lambdas/webhooks/webhook-messages.ts';
import { type BatchService, startBatchService } from '../environment/batch-service.ts';
import { type LoopbackAws, startLoopbackAws } from '../environment/loopback-aws.ts';
import { createManualClock, type ManualClock } from '../environment/manual-clock.ts';
import { deliverVisible, sqsEvent } from '../environment/queue-delivery.ts';
import { queuedRecord, withQueuedEvent } from '../environment/sample-job.ts';
import { createTestLog } from '../environment/test-log.ts';
import { startWebhookEndpoint, type WebhookEndpoint } from '../environment/webhook-endpoint.ts';
import { type CrashPlan, type Process, startProcess } from './crashing.ts';

/** Long enough for SQS's visibility timeout to end, by the clock of the tests. */
const REDELIVERY_SECONDS = 60;
const SWEEP_INTERVAL_SECONDS = 300;

const NO_CRASH: CrashPlan = { at: Number.POSITIVE_INFINITY, moment: 'before' };

/** Dispatch, webhooks and sweeper around one table and two queues, all of them on this machine. */
export type JobSystem = AsyncDisposable & {
  aws: LoopbackAws;
  batch: BatchService;
  clock: ManualClock;
  endpoint: WebhookEndpoint;
  store: JobStore;
  webhookQueueUrl: string;
  /** A job that was accepted; its message is in the queue unless the API died before. */
  accept(request?: Partial<JobRequestInput>): Promise<JobRecord>;
  /** Handles the message of a job once, in a process that may die of it. True where the message is done. */
  dispatch(jobId: string, plan?: CrashPlan): Promise<{ done: boolean; process: Process }>;
  /** Redelivers a message until it is done or, after five times, dead. */
  redeliver(jobId: string): Promise<void>;
  /** One run of the sweeper, and whatever it put into the job queue. */
  sweepAndDispatch(): Promise<void>;
  /** Handles every webhook message there is. */
  deliverWebhooks(): Promise<void>;
  /** Handles one webhook message, in a process that may die of it. True where the message is done. */
  deliver(message: WebhookMessage, plan?: CrashPlan): Promise<{ done: boolean; process: Process }>;
};

export async function startJobSystem(): Promise<JobSystem> {
  const [aws, batch, endpoint] = await Promise.all([
    startLoopbackAws(),
    startBatchService(),
    startWebhookEndpoint(),
  ]);
  const store = createJobStore(aws.dynamo, await aws.createJobTable('jobs'));
  const jobQueueUrl = await aws.createQueue('jobs');
  const webhookQueueUrl = await aws.createQueue('webhooks');
  const clock = createManualClock();
  const { log } = createTestLog();
  const agent = createGuardedAgent({ allowLoopback: true });
  const secret = { current: formatSigningSecret(randomBytes(32)) };

  function dispatcher(process: Process): DispatchDependencies {
    const ownStore = process.wrap(store);
    const clients = { once: batch.client(), repeating: batch.client() };
    const target = { jobQueue: 'gpu', jobDefinition: 'worker' };
    return {
      store: ownStore,
      outbox: createEventOutbox({
        sqs: process.wrap(aws.sqs),
        queueUrl: webhookQueueUrl,
        store: ownStore,
      }),
      batch: process.wrap(createBatchJobs(clients, target, { retries: 0 })),
      log,
      now: clock.now,
    };
  }

  async function dispatch(jobId: string, plan: CrashPlan = NO_CRASH) {
    const process = startProcess(plan);
    const message: JobMessage = { version: 1, jobId };
    const { batchItemFailures } = await handleJobMessages(
      dispatcher(process),
      sqsEvent(JSON.stringify(message)),
    );
    // A function that died has answered nothing, which leaves its messages in the queue.
    return { done: batchItemFailures.length === 0 && !process.hasEnded(), process };
  }

  async function redeliver(jobId: string): Promise<void> {
    for (let receives = 1; receives < 5; receives += 1) {
      clock.advance(REDELIVERY_SECONDS);
      if ((await dispatch(jobId)).done) {
        return;
      }
    }
  }

  const webhooks: WebhookDependencies = {
    store,
    agent,
    secrets: async () => secret,
    requestTimeoutMs: 1_000,
    quickRetry: { retries: 0 },
    random: () => 0,
    log,
    now: clock.now,
  };

  return {
    aws,
    batch,
    clock,
    endpoint,
    store,
    webhookQueueUrl,
    accept: async (request = {}) => {
      const record = queuedRecord(clock.now(), { webhook: { url: endpoint.url }, ...request });
      await store.create(withQueuedEvent(record));
      return record;
    },
    dispatch,
    redeliver,
    sweepAndDispatch: async () => {
      clock.advance(SWEEP_INTERVAL_SECONDS);
      const outbox = createEventOutbox({ sqs: aws.sqs, queueUrl: webhookQueueUrl, store });
      await sweep({ store, outbox, sqs: aws.sqs, jobQueueUrl, log, now: clock.now });
      for (const message of (await aws.drain(jobQueueUrl)) as JobMessage[]) {
        if (!(await dispatch(message.jobId)).done) {
          await redeliver(message.jobId);
        }
      }
    },
    deliverWebhooks: async () => {
      const queue = { sqs: aws.sqs, queueUrl: webhookQueueUrl };
      await deliverVisible(aws.sqs, webhookQueueUrl, (event) =>
        handleWebhookMessages(webhooks, queue, event),
      );
    },
    deliver: async (message, plan = NO_CRASH) => {
      const process = startProcess(plan);
      const queue = { sqs: process.wrap(aws.sqs), queueUrl: webhookQueueUrl };
      const { batchItemFailures } = await handleWebhookMessages(
        { ...webhooks, store: process.wrap(store) },
        queue,
        sqsEvent(JSON.stringify(message)),
      );
      return { done: batchItemFailures.length === 0 && !process.hasEnded(), process };
    },
    [Symbol.asyncDispose]: async () => {
      await agent[Symbol.asyncDispose]();
      await Promise.all([aws, batch, endpoint].map((service) => service[Symbol.asyncDispose]()));
    },
  };
}
