import { EventEmitter, once } from 'node:events';
import { Hono } from 'hono';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { EventType } from '#contracts/webhook-event-types.ts';
import { type WebhookEvent, webhookEventSchema } from '#contracts/webhook-events.ts';
import { serveOnLoopback } from './emulators/loopback.ts';

/** After one of these nothing more comes of a job. */
const FINAL_EVENTS: ReadonlySet<EventType> = new Set([
  'job.completed',
  'job.failed',
  'job.canceled',
]);

export type WebhookReceiver = AsyncDisposable & {
  /** Give it as `webhook.url`. */
  readonly url: string;
  /** Deliveries so far: genuine ones, those among them seen before, and those that were forged or make no sense. */
  readonly counts: { verified: number; duplicates: number; refused: number };
  /** Every event received, from the first on, each once. Ends when the receiver is disposed of. */
  events(): AsyncIterableIterator<WebhookEvent>;
  /** Those of one job, up to and with its last. */
  eventsOf(jobId: string): AsyncIterableIterator<WebhookEvent>;
};

/**
 * A receiver as any user would write it: verifies each delivery with the public
 * `standardwebhooks` package and drops what it has had already, by `webhook-id`.
 */
export async function startWebhookReceiver(options: {
  secret: string;
  port?: number;
}): Promise<WebhookReceiver> {
  const webhook = new Webhook(options.secret);
  const received = new Map<string, WebhookEvent>();
  const counts = { verified: 0, duplicates: 0, refused: 0 };
  const changes = new EventEmitter().setMaxListeners(0);
  let closed = false;

  const app = new Hono();
  app.post('/webhook', async (context) => {
    const body = await context.req.text();
    let payload: unknown;
    try {
      payload = webhook.verify(body, context.req.header());
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) {
        throw error;
      }
      counts.refused += 1;
      return context.text('the signature does not fit', 401);
    }
    const event = webhookEventSchema.safeParse(payload);
    if (!event.success) {
      counts.refused += 1;
      return context.text(event.error.message, 400);
    }
    const { id } = event.data;
    counts.verified += 1;
    if (received.has(id)) {
      counts.duplicates += 1;
    } else {
      received.set(id, event.data);
      changes.emit('change');
    }
    return context.body(null, 204);
  });
  const server = await serveOnLoopback(app, options.port);

  async function* events(): AsyncIterableIterator<WebhookEvent> {
    for (let next = 0; ; next += 1) {
      while (next >= received.size) {
        if (closed) {
          return;
        }
        await once(changes, 'change');
      }
      yield [...received.values()][next] as WebhookEvent;
    }
  }

  return {
    url: `${server.origin}/webhook`,
    counts,
    events,
    async *eventsOf(jobId) {
      for await (const event of events()) {
        if (event.data.jobId === jobId) {
          yield event;
          if (FINAL_EVENTS.has(event.type)) {
            return;
          }
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      changes.emit('change');
      await server[Symbol.asyncDispose]();
    },
  };
}
