import { describe, expect, it } from '@jest/globals';
import { rateMs } from '../../../../local/stack/event-bus.ts';
import { matchesPattern } from '../../../../local/stack/event-pattern.ts';

const event = {
  source: 'aws.batch',
  'detail-type': 'Batch Job State Change',
  resources: ['arn:one', 'arn:two'],
  detail: { status: 'FAILED', jobQueue: 'arn:queue/main', attempts: [] },
};

describe('matchesPattern', () => {
  it('wants every field of the pattern, with one of its values', () => {
    expect(
      matchesPattern({ source: ['aws.batch'], detail: { status: ['SUCCEEDED', 'FAILED'] } }, event),
    ).toBe(true);
    expect(
      matchesPattern({ source: ['aws.batch'], detail: { status: ['SUCCEEDED'] } }, event),
    ).toBe(false);
    expect(matchesPattern({ account: ['1'] }, event)).toBe(false);
  });

  it('finds a value in a list of the event', () => {
    expect(matchesPattern({ resources: ['arn:two'] }, event)).toBe(true);
    expect(matchesPattern({ resources: ['arn:three'] }, event)).toBe(false);
  });

  it('knows prefix, suffix, exists and anything-but', () => {
    const matches = (detail: unknown) => matchesPattern({ detail }, event);
    expect(matches({ jobQueue: [{ prefix: 'arn:queue/' }] })).toBe(true);
    expect(matches({ jobQueue: [{ suffix: '/other' }] })).toBe(false);
    expect(matches({ statusReason: [{ exists: false }] })).toBe(true);
    expect(matches({ status: [{ exists: false }] })).toBe(false);
    expect(matches({ status: [{ 'anything-but': ['RUNNING', 'STARTING'] }] })).toBe(true);
    expect(matches({ status: [{ 'anything-but': 'FAILED' }] })).toBe(false);
  });

  it('throws for a filter that it does not know', () => {
    expect(() => matchesPattern({ detail: { status: [{ wildcard: 'F*' }] } }, event)).toThrow(
      'wildcard',
    );
  });
});

describe('rateMs', () => {
  it('reads rates and refuses cron', () => {
    expect(rateMs('rate(5 minutes)')).toBe(300_000);
    expect(rateMs('rate(1 hour)')).toBe(3_600_000);
    expect(() => rateMs('cron(0 * * * ? *)')).toThrow('cron');
  });
});
