import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createGuardedAgent } from '#adapters/guarded-agent.ts';
import type { JobStore } from '#adapters/job-store.ts';
import { queuedEvent } from '#contracts/job-changes.ts';
import type { Delivery } from '#contracts/job-record.ts';
import type { WebhookMessage } from '#contracts/queue-messages.ts';
import { WEBHOOK_FUNCTION_TIMEOUT_SECONDS } from '#contracts/queue-timing.ts';
import { eventId, type WebhookEvent } from '#contracts/webhook-events.ts';
import { deliverEvent } from '../../../../lambdas/webhooks/deliver-event.ts';
import { ATTEMPT_DELAYS_SECONDS } from '../../../../lambdas/webhooks/schedule.ts';
import type { EndpointAnswer } from '../../../environment/webhook-endpoint.ts';
import { startWebhookBench, type WebhookBench } from './webhook-bench.ts';

let bench: WebhookBench;
let putBacks: number[];

beforeAll(async () => {
  bench = await startWebhookBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(() => {
  bench.endpoint.reset();
  putBacks = [];
});

function deliver(message: WebhookMessage, deps = bench.deps): Promise<'done' | 'retry'> {
  return deliverEvent(deps, message, async (seconds) => {
    putBacks.push(seconds);
  });
}

async function deliveryOf({ jobId, event }: WebhookMessage): Promise<Delivery | undefined> {
  return (await bench.store.get(jobId))?.deliveries[event.id];
}

describe('an event', () => {
  it('arrives signed, as type, timestamp and data, and is then done', async () => {
    const { message } = await bench.canceledJob();

    expect(await deliver(message)).toBe('done');

    const [request, ...others] = bench.endpoint.received;
    expect(others).toEqual([]);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': message.event.id,
    });
    const verified = new Webhook(bench.secret.current).verify(
      request?.body ?? '',
      request?.headers as Record<string, string>,
    );
    expect(verified).toEqual(message.event);
    expect(await deliveryOf(message)).toEqual({
      state: 'delivered',
      attempts: [
        {
          at: bench.clock.iso(),
          outcome: 'delivered',
          status: 204,
          durationMs: expect.any(Number),
        },
      ],
    });
  });

  it('is dropped when its message comes again after the delivery', async () => {
    const { message } = await bench.canceledJob();
    await deliver(message);
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toHaveLength(1);
  });

  it('is dropped when its job is gone', async () => {
    const { message } = await bench.canceledJob();
    await bench.store.remove(message.jobId);
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toEqual([]);
  });

  it('is tried again after a failure, with the same id and body and the time of the attempt', async () => {
    bench.endpoint.answerNext({ status: 500 }, { status: 500 }, { status: 200 });
    const { message } = await bench.canceledJob();

    expect(await deliver(message)).toBe('retry');
    bench.clock.advance(5);
    expect(await deliver(message)).toBe('retry');
    bench.clock.advance(300);
    expect(await deliver(message)).toBe('done');

    expect(putBacks).toEqual([5, 300]);
    const { received } = bench.endpoint;
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const times = received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(times.map((time) => time - times[0]!)).toEqual([0, 5, 305]);
    expect(await deliveryOf(message)).toMatchObject({
      state: 'delivered',
      attempts: [{ status: 500 }, { status: 500 }, { status: 200 }],
    });
  });

  it('waits for the rest of the pause when its message comes early', async () => {
    bench.endpoint.answerNext({ status: 500 });
    const { message } = await bench.canceledJob();
    await deliver(message);
    bench.clock.advance(2);

    expect(await deliver(message)).toBe('retry');

    expect(putBacks).toEqual([5, 3]);
    expect(bench.endpoint.received).toHaveLength(1);
  });

  it('is given up after the whole schedule', async () => {
    bench.endpoint.answerNext(...Array<EndpointAnswer>(11).fill({ status: 500 }));
    const { message } = await bench.canceledJob();

    const outcomes: string[] = [];
    for (const delay of ATTEMPT_DELAYS_SECONDS) {
      bench.clock.advance(delay);
      outcomes.push(await deliver(message));
    }

    expect(outcomes).toEqual([...Array(10).fill('retry'), 'done']);
    expect(putBacks).toEqual(ATTEMPT_DELAYS_SECONDS.slice(1));
    expect((await deliveryOf(message))?.attempts).toHaveLength(11);
    expect(await deliveryOf(message)).toMatchObject({ state: 'given-up' });
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toHaveLength(11);
  });

  it('is told once when two of its messages are handled at once, and the other comes back', async () => {
    const { message } = await bench.canceledJob();
    const outcomes = await Promise.all([deliver(message), deliver(message)]);
    expect(outcomes.toSorted()).toEqual(['done', 'retry']);
    expect(putBacks).toEqual([WEBHOOK_FUNCTION_TIMEOUT_SECONDS]);
    expect(bench.endpoint.received).toHaveLength(1);
    expect(await deliver(message)).toBe('done');
  });

  it('is told again when a process died with an attempt under way, after its time', async () => {
    const { message, record } = await bench.canceledJob();
    const now = bench.clock.iso();
    const until = new Date(bench.clock.now().getTime() + 60_000).toISOString();
    await bench.store.leaseDelivery(record.jobId, message.event.id, undefined, { now, until });

    bench.clock.advance(20);
    expect(await deliver(message)).toBe('retry');
    expect(putBacks).toEqual([40]);
    bench.clock.advance(40);
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toHaveLength(1);
  });
});

describe('an attempt', () => {
  it('is written once though the answer to its writing was lost', async () => {
    bench.endpoint.answerNext({ status: 500 });
    const { message } = await bench.canceledJob();
    const recordDelivery: JobStore['recordDelivery'] = async (...write) => {
      await bench.store.recordDelivery(...write);
      // What the SDK's repetition of the write is told.
      return bench.store.recordDelivery(...write);
    };

    const store = { ...bench.store, recordDelivery };
    expect(await deliver(message, { ...bench.deps, store })).toBe('retry');

    expect((await deliveryOf(message))?.attempts).toHaveLength(1);
    expect(putBacks).toEqual([5]);
  });
});

describe('an answer of the receiver', () => {
  it('of 410 ends the deliveries for good', async () => {
    bench.endpoint.answerNext({ status: 410 });
    const { message } = await bench.canceledJob();
    expect(await deliver(message)).toBe('done');
    expect(await deliveryOf(message)).toMatchObject({
      state: 'given-up',
      attempts: [{ outcome: 'gone', status: 410 }],
    });
  });

  it('of 410 ends the deliveries of all other events of the job too', async () => {
    const { record, message } = await bench.canceledJob();
    const queued = { ...message, event: queuedEvent(record)[0]! };
    bench.endpoint.answerNext({ status: 500 }, { status: 410 });
    await deliver(queued);
    await deliver(message);
    bench.clock.advance(5);

    expect(await deliver(queued)).toBe('done');

    expect(bench.endpoint.received).toHaveLength(2);
    const given = await deliveryOf(queued);
    expect(given).toEqual({ state: 'given-up', attempts: [expect.anything()] });
  });

  it('of 410 is forgotten once a replay was delivered', async () => {
    const { record, message } = await bench.canceledJob();
    bench.endpoint.answerNext({ status: 410 });
    await deliver(message);
    bench.clock.advance(60);
    await deliver({ ...message, replayedAt: bench.clock.iso() });

    await deliver({ ...message, event: queuedEvent(record)[0]! });

    expect(bench.endpoint.received).toHaveLength(3);
  });

  it('of 301 is a failure whose address is not visited', async () => {
    bench.endpoint.answerNext({
      status: 301,
      headers: { location: `${bench.endpoint.url}/elsewhere` },
    });
    const { message } = await bench.canceledJob();
    expect(await deliver(message)).toBe('retry');
    expect(bench.endpoint.received.map(({ path }) => path)).toEqual(['/hook']);
    expect(await deliveryOf(message)).toMatchObject({
      attempts: [{ outcome: 'refused', status: 301 }],
    });
  });

  it('that asks for patience is heeded, for an hour at most', async () => {
    bench.endpoint.answerNext({ status: 503, headers: { 'retry-after': '999999' } });
    const { message } = await bench.canceledJob();
    await deliver(message);
    expect(putBacks).toEqual([3_600]);
  });

  it('that never comes is a failure, and the next attempt a minute off', async () => {
    bench.endpoint.answerNext('hang');
    const { message } = await bench.canceledJob();
    expect(await deliver(message)).toBe('retry');
    expect(putBacks).toEqual([60]);
    expect(await deliveryOf(message)).toMatchObject({
      attempts: [{ outcome: 'failed', reason: expect.stringContaining('no complete answer') }],
    });
  });

  it('is not kept, only its status', async () => {
    bench.endpoint.answerNext({ status: 500, body: 'internal-secret' });
    const { message } = await bench.canceledJob();
    await deliver(message);
    expect(JSON.stringify(await bench.store.get(message.jobId))).not.toContain('internal-secret');
  });
});

describe('a connection that is lost at once', () => {
  it('is tried again within the same attempt', async () => {
    bench.endpoint.answerNext('close', { status: 200 });
    const { message } = await bench.canceledJob();
    expect(await deliver(message)).toBe('done');
    expect(await deliveryOf(message)).toMatchObject({
      state: 'delivered',
      attempts: [{ outcome: 'delivered', tries: 2 }],
    });
  });

  it('again and again is one failed attempt of three tries', async () => {
    bench.endpoint.answerNext('close', 'close', 'close');
    const { message } = await bench.canceledJob();
    expect(await deliver(message)).toBe('retry');
    expect(await deliveryOf(message)).toMatchObject({
      state: 'pending',
      attempts: [{ outcome: 'failed', tries: 3 }],
    });
  });
});

describe('a URL', () => {
  it.each([
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://hooks.internal/',
  ])('that is not of the public internet is never called (%s)', async (url) => {
    const { message } = await bench.canceledJob(url);
    await using agent = createGuardedAgent();

    expect(await deliver(message, { ...bench.deps, agent })).toBe('retry');
    expect((await deliveryOf(message))?.attempts).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('a replay', () => {
  it('is delivered though the event was delivered before', async () => {
    const { message } = await bench.canceledJob();
    await deliver(message);
    bench.clock.advance(60);
    const replay = { ...message, replayedAt: bench.clock.iso() };

    expect(await deliver(replay)).toBe('done');
    expect(await deliver(replay)).toBe('done');

    expect(bench.endpoint.received).toHaveLength(2);
    expect((await deliveryOf(message))?.attempts).toHaveLength(2);
  });

  it('begins the schedule anew after the event was given up', async () => {
    bench.endpoint.answerNext({ status: 410 }, { status: 500 });
    const { message } = await bench.canceledJob();
    await deliver(message);
    bench.clock.advance(60);

    const replay = { ...message, replayedAt: bench.clock.iso() };
    expect(await deliver(replay)).toBe('retry');
    expect(putBacks).toEqual([5]);
  });
});

describe('progress', () => {
  async function progressMessage(): Promise<WebhookMessage> {
    const { record } = await bench.canceledJob();
    const event: WebhookEvent = {
      id: eventId(record.jobId, 'progress_1'),
      type: 'job.progress',
      timestamp: bench.clock.iso(),
      data: {
        jobId: record.jobId,
        metadata: {},
        attempt: 1,
        progress: { stage: 'transcribe', fraction: 0.5, mediaSeconds: 30, sequence: 1 },
      },
    };
    return { version: 1, jobId: record.jobId, event };
  }

  it('is told once when that succeeds, and leaves the record as it was', async () => {
    const message = await progressMessage();
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toHaveLength(1);
    expect(await deliveryOf(message)).toBeUndefined();
  });

  it('is told once more when that fails, and then dropped', async () => {
    bench.endpoint.answerNext({ status: 500 }, { status: 500 });
    const message = await progressMessage();
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toHaveLength(2);
    expect(putBacks).toEqual([]);
  });

  it.each<EndpointAnswer>([
    { status: 429 },
    { status: 500, headers: { 'retry-after': '30' } },
    { status: 410 },
    'hang',
  ])('is not told once more to a receiver that needs a pause (%j)', async (answer) => {
    bench.endpoint.answerNext(answer);
    const message = await progressMessage();
    expect(await deliver(message)).toBe('done');
    expect(bench.endpoint.received).toHaveLength(1);
  });

  it('that is answered with 410 is the last that the receiver is told', async () => {
    bench.endpoint.answerNext({ status: 410 });
    const message = await progressMessage();
    await deliver(message);
    const next = { ...message.event, id: eventId(message.jobId, 'progress_2') };
    const [queued] = queuedEvent((await bench.store.get(message.jobId))!);

    expect(await deliver({ ...message, event: next })).toBe('done');
    expect(await deliver({ ...message, event: queued! })).toBe('done');

    expect(bench.endpoint.received).toHaveLength(1);
  });
});
