import { describe, expect, it } from '@jest/globals';
import type { Delivery, DeliveryAttempt } from '#contracts/job-record.ts';
import { nextStep, withAttempt } from '../../../../lambdas/webhooks/delivery-log.ts';

const now = new Date('2026-05-01T12:00:00.000Z');
const later = '2026-05-01T12:00:30.000Z';

function attempt(at: string, outcome: DeliveryAttempt['outcome'] = 'refused'): DeliveryAttempt {
  return { at, outcome, durationMs: 1 };
}

function pending(attempts: DeliveryAttempt[], nextAttemptAt = later): Delivery {
  return { state: 'pending', nextAttemptAt, attempts };
}

const before = attempt('2026-05-01T11:00:00.000Z');
const replayedAt = '2026-05-01T11:30:00.000Z';
const since = attempt('2026-05-01T11:31:00.000Z');

describe('the next step', () => {
  it('is a first attempt for an event without a history', () => {
    expect(nextStep(undefined, undefined, now)).toEqual({ step: 'attempt', attemptsMade: 0 });
  });

  it('is to wait for what is left of the pause', () => {
    expect(nextStep(pending([before]), undefined, now)).toEqual({ step: 'wait', seconds: 30 });
  });

  it('is the next attempt when the pause is over', () => {
    expect(nextStep(pending([before], now.toISOString()), undefined, now)).toEqual({
      step: 'attempt',
      attemptsMade: 1,
    });
  });

  it.each(['delivered', 'gone'] as const)('is none after an attempt that was %s', (outcome) => {
    const delivery: Delivery = { state: 'delivered', attempts: [attempt(before.at, outcome)] };
    expect(nextStep(delivery, undefined, now)).toEqual({ step: 'settled' });
  });

  it('is none after eleven attempts', () => {
    const delivery: Delivery = { state: 'given-up', attempts: Array(11).fill(before) };
    expect(nextStep(delivery, undefined, now)).toEqual({ step: 'settled' });
  });

  it.each<[string, Delivery]>([
    ['delivered', { state: 'delivered', attempts: [attempt(before.at, 'delivered')] }],
    ['given up', { state: 'given-up', attempts: Array(11).fill(before) }],
    ['waiting', pending([before])],
  ])('of a replay is a first attempt, though the event was %s', (_, delivery) => {
    expect(nextStep(delivery, replayedAt, now)).toEqual({ step: 'attempt', attemptsMade: 0 });
  });

  it('is to wait while someone else makes an attempt, for a replay too', () => {
    const delivery: Delivery = { state: 'pending', attempts: [], attemptingUntil: later };
    expect(nextStep(delivery, undefined, now)).toEqual({ step: 'wait', seconds: 30 });
    expect(nextStep(delivery, replayedAt, now)).toEqual({ step: 'wait', seconds: 30 });
  });

  it('of a replay counts its own attempts, and waits for them', () => {
    expect(nextStep(pending([before, since]), replayedAt, now)).toEqual({
      step: 'wait',
      seconds: 30,
    });
    expect(nextStep(pending([before, since], now.toISOString()), replayedAt, now)).toEqual({
      step: 'attempt',
      attemptsMade: 1,
    });
  });
});

describe('the record of an attempt', () => {
  it('is appended to those before it, with the time of the next', () => {
    expect(withAttempt(pending([before]), undefined, since, later)).toEqual(
      pending([before, since]),
    );
  });

  it('is the last one when it delivered', () => {
    const delivered = attempt(now.toISOString(), 'delivered');
    expect(withAttempt(undefined, undefined, delivered, undefined)).toEqual({
      state: 'delivered',
      attempts: [delivered],
    });
  });

  it('gives up where there is no next one', () => {
    expect(withAttempt(undefined, undefined, before, undefined).state).toBe('given-up');
  });

  it('does not undo a delivery by another message at the same time', () => {
    const delivered: Delivery = { state: 'delivered', attempts: [attempt(before.at, 'delivered')] };
    expect(withAttempt(delivered, undefined, since, later).state).toBe('delivered');
  });

  it('of a replay is not taken for delivered because of what was before', () => {
    const delivered: Delivery = { state: 'delivered', attempts: [attempt(before.at, 'delivered')] };
    expect(withAttempt(delivered, replayedAt, since, later).state).toBe('pending');
  });

  it('of a replay counts though the clock that made it is behind the one that asked for it', () => {
    const early = attempt('2026-05-01T11:29:59.990Z', 'delivered');
    expect(withAttempt(undefined, replayedAt, early, undefined).state).toBe('delivered');
  });

  it('drops the oldest of many, so that replays cannot fill the record', () => {
    const many = pending(Array(60).fill(before));
    const { attempts } = withAttempt(many, undefined, since, later);
    expect(attempts).toHaveLength(50);
    expect(attempts.at(-1)).toEqual(since);
  });
});
