import { describe, expect, it } from '@jest/globals';
import {
  ATTEMPT_DELAYS_SECONDS,
  delayAfter,
  MAX_PUT_BACK_SECONDS,
  retryAfterSeconds,
} from '../../../../lambdas/webhooks/schedule.ts';

const now = new Date('2026-05-01T12:00:00Z');

describe('the schedule', () => {
  it('makes eleven attempts in about 58 hours', () => {
    const total = ATTEMPT_DELAYS_SECONDS.reduce((sum, delay) => sum + delay, 0);
    expect(ATTEMPT_DELAYS_SECONDS).toHaveLength(11);
    expect(Math.round(total / 3_600)).toBe(58);
  });

  it('waits as long as planned without jitter, and never longer with it', () => {
    for (const [attempts, planned] of ATTEMPT_DELAYS_SECONDS.entries()) {
      expect(delayAfter(attempts, {}, 0)).toBe(planned);
      expect(delayAfter(attempts, {}, 1)).toBeCloseTo(planned * 0.8);
    }
  });

  it('ends after the last attempt, whatever the receiver asks for', () => {
    const made = ATTEMPT_DELAYS_SECONDS.length;
    expect(delayAfter(made, { status: 429, retryAfterSeconds: 5 }, 0)).toBeUndefined();
  });

  it('waits longer where the receiver asks for it', () => {
    expect(delayAfter(1, { status: 503, retryAfterSeconds: 120 }, 0)).toBe(120);
  });

  it('does not come sooner than planned because the receiver allows it', () => {
    expect(delayAfter(2, { status: 503, retryAfterSeconds: 1 }, 0)).toBe(300);
  });

  it('lets no receiver put off an attempt for more than an hour', () => {
    expect(delayAfter(1, { status: 503, retryAfterSeconds: 999_999 }, 0)).toBe(3_600);
  });

  it.each([429, 502, 503, 504])('pauses for a minute after a %d', (status) => {
    expect(delayAfter(1, { status }, 0)).toBe(60);
  });

  it('pauses for a minute where no answer came in time', () => {
    expect(delayAfter(1, { timedOut: true }, 0)).toBe(60);
  });

  it('never reaches the time for which SQS can hide a message', () => {
    const delays = ATTEMPT_DELAYS_SECONDS.map((_, attempts) =>
      delayAfter(attempts, { status: 503, retryAfterSeconds: 999_999 }, 0),
    );
    expect(Math.max(...delays.map(Number))).toBeLessThan(MAX_PUT_BACK_SECONDS);
    expect(MAX_PUT_BACK_SECONDS).toBeLessThan(12 * 3_600);
  });
});

describe('Retry-After', () => {
  it.each<[string, string | string[] | undefined, number | undefined]>([
    ['a number', '120', 120],
    ['a date', 'Fri, 01 May 2026 12:01:30 GMT', 90],
    ['the first of several', ['30', '60'], 30],
    ['a date that has passed', 'Fri, 01 May 2026 11:00:00 GMT', undefined],
    ['nothing', undefined, undefined],
    ['an empty text', '', undefined],
    ['nonsense', 'soon', undefined],
    ['a negative number', '-5', undefined],
  ])('is read as seconds from %s', (_, header, seconds) => {
    expect(retryAfterSeconds({ 'retry-after': header }, now)).toBe(seconds);
  });
});
