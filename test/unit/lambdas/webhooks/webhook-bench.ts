import { randomBytes } from 'node:crypto';
import { createGuardedAgent } from '#adapters/guarded-agent.ts';
import { createJobStore, type JobStore } from '#adapters/job-store.ts';
import { cancel } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { WebhookMessage } from '#contracts/queue-messages.ts';
import type { WebhookEvent } from '#contracts/webhook-events.ts';
import { formatSigningSecret, type WebhookSecret } from '#contracts/webhook-secret.ts';
import type { WebhookDependencies } from '../../../../lambdas/webhooks/deliver-event.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { createManualClock, type ManualClock } from '../../../environment/manual-clock.ts';
import { queuedRecord } from '../../../environment/sample-job.ts';
import { createTestLog } from '../../../environment/test-log.ts';
import {
  startWebhookEndpoint,
  type WebhookEndpoint,
} from '../../../environment/webhook-endpoint.ts';

/** How long a silent endpoint is waited for: short, since nothing but this timeout ends the wait. */
const REQUEST_TIMEOUT_MS = 300;

export type WebhookBench = AsyncDisposable & {
  aws: LoopbackAws;
  store: JobStore;
  clock: ManualClock;
  endpoint: WebhookEndpoint;
  secret: WebhookSecret;
  deps: WebhookDependencies;
  /** A job whose webhook is the endpoint, or another URL, and the message of an event of it. */
  canceledJob(url?: string): Promise<{ record: JobRecord; message: WebhookMessage }>;
};

export async function startWebhookBench(): Promise<WebhookBench> {
  const [aws, endpoint] = await Promise.all([startLoopbackAws(), startWebhookEndpoint()]);
  const store = createJobStore(aws.dynamo, await aws.createJobTable('jobs'));
  const clock = createManualClock();
  const secret = { current: formatSigningSecret(randomBytes(32)) };
  const agent = createGuardedAgent({ allowLoopback: true });

  return {
    aws,
    store,
    clock,
    endpoint,
    secret,
    deps: {
      store,
      agent,
      secrets: async () => secret,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      quickRetry: { retries: 2, minTimeout: 0 },
      random: () => 0,
      log: createTestLog().log,
      now: clock.now,
    },
    canceledJob: async (url = endpoint.url) => {
      const record = queuedRecord(clock.now(), { webhook: { url } });
      await store.create(record);
      return { record, message: { version: 1, jobId: record.jobId, event: canceled(record) } };
    },
    [Symbol.asyncDispose]: async () => {
      await agent[Symbol.asyncDispose]();
      await Promise.all([aws[Symbol.asyncDispose](), endpoint[Symbol.asyncDispose]()]);
    },
  };
}

function canceled(record: JobRecord): WebhookEvent {
  const { event } = cancel(record, record.createdAt);
  if (event === undefined) {
    throw new Error('the job has no webhook');
  }
  return event;
}
