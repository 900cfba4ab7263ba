import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { eventId, type WebhookEvent } from '#contracts/webhook-events.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../../local/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const JOB = '01J9Z3X8M4T6V7W8Y9ABCDEFGH';
const OTHER_JOB = '01J9Z3X8M4T6V7W8Y9ABCDEFGK';

let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await startWebhookReceiver({ secret: SECRET });
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
});

function queued(jobId: string): WebhookEvent {
  return {
    id: eventId(jobId, 'queued'),
    type: 'job.queued',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: { jobId, metadata: {} },
  };
}

function canceled(jobId: string): WebhookEvent {
  return { ...queued(jobId), id: eventId(jobId, 'canceled'), type: 'job.canceled' } as WebhookEvent;
}

async function deliver(
  event: WebhookEvent,
  { secret = SECRET, at = new Date(), body = JSON.stringify(event) } = {},
): Promise<number> {
  const signature = new Webhook(secret).sign(event.id, at, JSON.stringify(event));
  const response = await fetch(receiver.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': signature,
    },
  });
  return response.status;
}

describe('the webhook receiver', () => {
  it('takes a delivery whose signature fits and hands its event on', async () => {
    expect(await deliver(queued(JOB))).toBe(204);
    const { value } = await receiver.events().next();
    expect(value).toEqual(queued(JOB));
  });

  it('refuses a delivery signed with another secret, changed on its way or too old', async () => {
    expect(await deliver(queued(JOB), { secret: OTHER_SECRET })).toBe(401);
    expect(await deliver(queued(JOB), { body: JSON.stringify(queued(OTHER_JOB)) })).toBe(401);
    expect(await deliver(queued(JOB), { at: new Date(Date.now() - 3_600_000) })).toBe(401);
    expect(receiver.counts).toEqual({ verified: 0, duplicates: 0, refused: 3 });
  });

  it('refuses what is signed well and is no event of ours', async () => {
    const unknown = { ...queued(JOB), type: 'job.exploded' } as unknown as WebhookEvent;
    expect(await deliver(unknown)).toBe(400);
    expect(receiver.counts).toEqual({ verified: 0, duplicates: 0, refused: 1 });
  });

  it('takes a repeated delivery, and hands its event on once', async () => {
    await deliver(queued(JOB));
    expect(await deliver(queued(JOB))).toBe(204);
    await deliver(canceled(JOB));
    const ids: string[] = [];
    for await (const event of receiver.eventsOf(JOB)) {
      ids.push(event.id);
    }
    expect(ids).toEqual([queued(JOB).id, canceled(JOB).id]);
    expect(receiver.counts).toEqual({ verified: 3, duplicates: 1, refused: 0 });
  });

  it('tells the events of one job, those that come later too, up to its last', async () => {
    const told: string[] = [];
    const reading = (async () => {
      for await (const { type } of receiver.eventsOf(JOB)) {
        told.push(type);
      }
    })();
    await deliver(queued(OTHER_JOB));
    await deliver(queued(JOB));
    await deliver(canceled(JOB));
    await reading;
    expect(told).toEqual(['job.queued', 'job.canceled']);
  });
});
