import type { Delivery, DeliveryAttempt, JobRecord } from '#contracts/job-record.ts';
import { ATTEMPT_DELAYS_SECONDS } from './schedule.ts';

/** Of an event that is replayed again and again, so many attempts are kept. */
const MAX_ATTEMPTS_KEPT = 50;

/** What a message asks for at this moment: nothing more, patience, or an attempt. */
export type NextStep =
  | { step: 'settled' }
  | { step: 'wait'; seconds: number }
  | { step: 'attempt'; attemptsMade: number };

/**
 * What is next for an event, by the attempts in its record. A replay starts
 * from nothing: attempts from before it do not count.
 */
export function nextStep(
  delivery: Delivery | undefined,
  replayedAt: string | undefined,
  now: Date,
): NextStep {
  const counted = attemptsSince(delivery, replayedAt);
  if (isSettled(counted)) {
    return { step: 'settled' };
  }
  const seconds = Math.max(
    secondsUntil(delivery?.attemptingUntil, now),
    counted.length === 0 ? 0 : secondsUntil(delivery?.nextAttemptAt, now),
  );
  return seconds > 0
    ? { step: 'wait', seconds }
    : { step: 'attempt', attemptsMade: counted.length };
}

/** True where the receiver's last word was 410: it wants to hear nothing more of the job. */
export function isReceiverGone(deliveries: JobRecord['deliveries']): boolean {
  const attempts = Object.values(deliveries).flatMap((delivery) => delivery.attempts);
  const last = attempts.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)).at(-1);
  return last?.outcome === 'gone';
}

/** The record of an event with one more attempt; without a next one, and undelivered, it is given up. */
export function withAttempt(
  delivery: Delivery | undefined,
  replayedAt: string | undefined,
  attempt: DeliveryAttempt,
  nextAttemptAt: string | undefined,
): Delivery {
  const attempts = [...(delivery?.attempts ?? []), attempt].slice(-MAX_ATTEMPTS_KEPT);
  const delivered =
    isDelivered(attempt) || attemptsSince({ attempts }, replayedAt).some(isDelivered);
  if (delivered || nextAttemptAt === undefined) {
    return { state: delivered ? 'delivered' : 'given-up', attempts };
  }
  return { state: 'pending', nextAttemptAt, attempts };
}

function attemptsSince(
  delivery: Pick<Delivery, 'attempts'> | undefined,
  replayedAt: string | undefined,
): DeliveryAttempt[] {
  const attempts = delivery?.attempts ?? [];
  return replayedAt === undefined
    ? attempts
    : attempts.filter(({ at }) => Date.parse(at) >= Date.parse(replayedAt));
}

function isSettled(attempts: DeliveryAttempt[]): boolean {
  return (
    attempts.length >= ATTEMPT_DELAYS_SECONDS.length ||
    attempts.some((attempt) => isDelivered(attempt) || attempt.outcome === 'gone')
  );
}

function isDelivered(attempt: DeliveryAttempt): boolean {
  return attempt.outcome === 'delivered';
}

function secondsUntil(time: string | undefined, now: Date): number {
  return time === undefined ? 0 : (Date.parse(time) - now.getTime()) / 1_000;
}
