import pRetry, { type Options as RetryOptions } from 'p-retry';
import type { GuardedAgent } from '#adapters/guarded-agent.ts';
import { type PostOutcome, postGuarded } from '#adapters/guarded-http.ts';
import type { DeliveryAttempt } from '#contracts/job-record.ts';
import type { WebhookEvent } from '#contracts/webhook-events.ts';
import type { WebhookSecret } from '#contracts/webhook-secret.ts';
import { type Answer, retryAfterSeconds } from './schedule.ts';
import { activeSecrets, signatureHeaders } from './sign.ts';

/** A connection that is refused or lost sooner than this is tried again at once. */
const LOST_AT_ONCE_MS = 1_000;
const GONE_STATUS = 410;

export type PostDependencies = {
  agent: GuardedAgent;
  now: () => Date;
  requestTimeoutMs: number;
  /** For connections that are lost at once. */
  quickRetry: RetryOptions;
};

export type Posted = { attempt: DeliveryAttempt; answer: Answer };

/**
 * Makes one attempt at telling a webhook an event. The body is serialised once,
 * and every request is signed with its own time.
 */
export async function postEvent(
  deps: PostDependencies,
  url: string,
  event: WebhookEvent,
  secret: WebhookSecret,
): Promise<Posted> {
  const at = deps.now();
  const body = Buffer.from(JSON.stringify(event));
  let tries = 0;

  const request = async (): Promise<PostOutcome> => {
    tries += 1;
    const now = deps.now();
    const timestampSeconds = Math.floor(now.getTime() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Reelscribe-Webhooks',
      ...signatureHeaders(activeSecrets(secret, now), { id: event.id, timestampSeconds, body }),
    };
    return postGuarded(url, body, headers, {
      agent: deps.agent,
      timeoutMs: deps.requestTimeoutMs,
    });
  };

  const outcome = await repeatIfLostAtOnce(request, deps.quickRetry);
  return {
    attempt: {
      at: at.toISOString(),
      durationMs: outcome.durationMs,
      ...(tries > 1 ? { tries } : {}),
      ...describe(outcome),
    },
    answer: answerOf(outcome, deps.now()),
  };
}

function answerOf(outcome: PostOutcome, now: Date): Answer {
  if (outcome.outcome === 'failed') {
    return outcome.failure === 'timeout' ? { timedOut: true } : {};
  }
  const { headers, status } = outcome;
  return { status, retryAfterSeconds: retryAfterSeconds(headers, now) };
}

/** p-retry repeats what throws, so an outcome to repeat travels as an error and back. */
class LostAtOnce extends Error {
  readonly outcome: PostOutcome;

  constructor(outcome: PostOutcome) {
    super('connection lost at once');
    this.outcome = outcome;
  }
}

async function repeatIfLostAtOnce(
  request: () => Promise<PostOutcome>,
  quickRetry: RetryOptions,
): Promise<PostOutcome> {
  try {
    return await pRetry(
      async () => {
        const outcome = await request();
        if (isLostAtOnce(outcome)) {
          throw new LostAtOnce(outcome);
        }
        return outcome;
      },
      { ...quickRetry, shouldRetry: ({ error }) => error instanceof LostAtOnce },
    );
  } catch (error) {
    if (error instanceof LostAtOnce) {
      return error.outcome;
    }
    throw error;
  }
}

function isLostAtOnce(outcome: PostOutcome): boolean {
  return (
    outcome.outcome === 'failed' &&
    outcome.failure === 'network' &&
    outcome.durationMs < LOST_AT_ONCE_MS
  );
}

function describe(
  outcome: PostOutcome,
): Pick<DeliveryAttempt, 'outcome'> & Partial<DeliveryAttempt> {
  if (outcome.outcome === 'failed') {
    return { outcome: 'failed', reason: outcome.reason.slice(0, 200) };
  }
  const { status } = outcome;
  if (status === GONE_STATUS) {
    return { outcome: 'gone', status };
  }
  return { outcome: status >= 200 && status < 300 ? 'delivered' : 'refused', status };
}
