import type { ResponseHeaders } from '#adapters/guarded-http.ts';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** Before each attempt; about 58 hours in all. */
export const ATTEMPT_DELAYS_SECONDS: readonly number[] = [
  0,
  5,
  5 * MINUTE_SECONDS,
  30 * MINUTE_SECONDS,
  2 * HOUR_SECONDS,
  5 * HOUR_SECONDS,
  ...Array.from({ length: 5 }, () => 10 * HOUR_SECONDS),
];

/** SQS hides a message for 12 hours at most, counted from when it was received. */
export const MAX_PUT_BACK_SECONDS = 11 * HOUR_SECONDS;

/** Downwards only, so that no delay comes near that limit. */
const JITTER = 0.2;

/** A receiver may ask for a longer pause than the schedule's, within reason. */
const MAX_RETRY_AFTER_SECONDS = HOUR_SECONDS;

/** Answers that speak of too much load get a pause even where they do not ask for one; no answer speaks so too. */
const OVERLOADED = new Set([429, 502, 503, 504]);
const OVERLOADED_PAUSE_SECONDS = MINUTE_SECONDS;

/** What an attempt without success had for an answer, if any. */
export type Answer = {
  status?: number;
  retryAfterSeconds?: number | undefined;
  timedOut?: boolean;
};

/**
 * Seconds until the next attempt; undefined where the schedule has ended.
 *
 * @param attempts How many were made.
 * @param random 0 to 1, for the jitter.
 */
export function delayAfter(attempts: number, answer: Answer, random: number): number | undefined {
  const scheduled = ATTEMPT_DELAYS_SECONDS[attempts];
  if (scheduled === undefined) {
    return undefined;
  }
  return Math.max(scheduled * (1 - JITTER * random), pauseAfter(answer));
}

/** For how many seconds to leave the receiver alone, by what it answered; 0 where nothing speaks for it. */
export function pauseAfter({ status, retryAfterSeconds = 0, timedOut = false }: Answer): number {
  const overloaded = timedOut || (status !== undefined && OVERLOADED.has(status));
  return Math.max(
    Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS),
    overloaded ? OVERLOADED_PAUSE_SECONDS : 0,
  );
}

/** Retry-After in seconds from now, from its number or its date (RFC 9110, 10.2.3). */
export function retryAfterSeconds(headers: ResponseHeaders, now: Date): number | undefined {
  const header = headers['retry-after'];
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') {
    return undefined;
  }
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1_000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
