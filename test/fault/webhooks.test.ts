import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { cancel } from '#contracts/job-changes.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { WebhookMessage } from '#contracts/queue-messages.ts';
import { WEBHOOK_VISIBILITY_TIMEOUT_SECONDS } from '#contracts/queue-timing.ts';
import { ATTEMPT_DELAYS_SECONDS } from '../../lambdas/webhooks/schedule.ts';
import { sendMessage } from '../environment/queue-delivery.ts';
import { type CrashPlan, startProcess } from './crashing.ts';
import { type JobSystem, startJobSystem } from './job-system.ts';

let system: JobSystem;

beforeEach(async () => {
  system = await startJobSystem();
});
afterEach(async () => {
  await system[Symbol.asyncDispose]();
});

function toldIds(): unknown[] {
  return system.endpoint.received.map(({ headers }) => headers['webhook-id']);
}

/** Cancels a job in a process that dies of it; true where it did. */
async function cancelAndDie(record: JobRecord, plan: CrashPlan): Promise<boolean> {
  const process = startProcess(plan);
  const store = process.wrap(system.store);
  const sqs = process.wrap(system.aws.sqs);
  const outbox = createEventOutbox({ sqs, queueUrl: system.webhookQueueUrl, store });
  const now = system.clock.iso();
  try {
    const canceled = await store.apply(record.jobId, cancel(record, now), now);
    if (canceled !== undefined) {
      await outbox.flush(canceled);
    }
    return false;
  } catch {
    return process.hasEnded();
  }
}

describe.each(['before', 'after'] as const)('a process that dies %s a call', (moment) => {
  it('with a change of state half told loses no event, and its webhook hears each once', async () => {
    let calls = 0;
    for (let at = 1, crashed = true; crashed; at += 1) {
      system.endpoint.reset();
      const record = await system.accept();
      crashed = await cancelAndDie(record, { at, moment });
      calls = at - 1;
      if ((await system.store.get(record.jobId))?.status !== 'CANCELED') {
        // The change itself was not made; its caller makes it again.
        await cancelAndDie(record, { at: Number.POSITIVE_INFINITY, moment });
      }
      await system.sweepAndDispatch();
      await system.sweepAndDispatch();
      for (let round = 0; round < 3; round += 1) {
        await system.deliverWebhooks();
      }

      expect(toldIds().toSorted()).toEqual([
        `evt_${record.jobId}_canceled`,
        `evt_${record.jobId}_queued`,
      ]);
      expect(await system.store.get(record.jobId)).toMatchObject({ pendingEvents: {} });
      expect(await system.store.get(record.jobId)).not.toHaveProperty('sweep');
    }
    // the change, two events sent and cleared, settled
    expect(calls).toBe(6);
  });
});

describe.each(['before', 'after'] as const)('a delivery that dies %s a call', (moment) => {
  it('is made up for, and at worst the webhook hears the same event twice, by the same id', async () => {
    const timesTold: number[] = [];
    for (let at = 1, crashed = true; crashed; at += 1) {
      system.endpoint.reset();
      const record = await system.accept();
      const { event } = cancel(record, system.clock.iso());
      const message: WebhookMessage = { version: 1, jobId: record.jobId, event: event! };

      crashed = (await system.deliver(message, { at, moment })).process.hasEnded();
      if (crashed) {
        system.clock.advance(WEBHOOK_VISIBILITY_TIMEOUT_SECONDS);
        expect((await system.deliver(message)).done).toBe(true);
      }

      expect(new Set(toldIds())).toEqual(new Set([event?.id]));
      expect((await system.store.get(record.jobId))?.deliveries).toMatchObject({
        [event!.id]: { state: 'delivered' },
      });
      timesTold.push(toldIds().length);
    }
    // Read, reserve, record: only what was told and not recorded is told again.
    expect(timesTold).toEqual(moment === 'before' ? [1, 1, 2, 1] : [1, 1, 1, 1]);
  });
});

describe('an event', () => {
  it('that its receiver refuses for a while is told in the end, and not once more', async () => {
    system.endpoint.answerNext({ status: 500 }, 'close', { status: 301 }, { status: 200 });
    const record = await system.accept();
    const { event } = cancel(record, system.clock.iso());
    const message: WebhookMessage = { version: 1, jobId: record.jobId, event: event! };
    const done: boolean[] = [];
    for (const delaySeconds of ATTEMPT_DELAYS_SECONDS.slice(0, 6)) {
      system.clock.advance(delaySeconds);
      done.push((await system.deliver(message)).done);
    }

    expect(done).toEqual([false, false, false, true, true, true]);
    expect(system.endpoint.received).toHaveLength(4);
  });

  it('whose message is in the queue twenty times is told once', async () => {
    const record = await system.accept();
    const { event } = cancel(record, system.clock.iso());
    const message: WebhookMessage = { version: 1, jobId: record.jobId, event: event! };
    await sendMessage(system.aws.sqs, system.webhookQueueUrl, message);
    await system.deliverWebhooks();
    for (let copies = 1; copies < 20; copies += 1) {
      await sendMessage(system.aws.sqs, system.webhookQueueUrl, message);
    }
    await system.deliverWebhooks();
    expect(toldIds()).toEqual([event?.id]);
  });
});
