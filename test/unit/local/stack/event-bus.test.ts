import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type EventBus, type EventRule, startEventBus } from '../../../../local/stack/event-bus.ts';

const FAILED = { source: 'aws.batch', detail: { status: 'FAILED' } };

let bus: EventBus;
let errors: unknown[];
let received: unknown[];

const receive = async (event: unknown) => {
  received.push(event);
};

function start(rules: Partial<EventRule>[]): void {
  bus = startEventBus(
    rules.map((rule) => ({
      arn: 'arn:rule',
      pattern: undefined,
      everyMs: undefined,
      targets: [receive],
      ...rule,
    })),
    (error) => errors.push(error),
  );
}

beforeEach(() => {
  jest.useFakeTimers();
  received = [];
  errors = [];
});

afterEach(async () => {
  await bus[Symbol.asyncDispose]();
  jest.useRealTimers();
});

describe('the event bus', () => {
  it('hands an event to every target of the rules that it fits, and to no other', async () => {
    start([
      { pattern: { detail: { status: ['FAILED'] } }, targets: [receive, receive] },
      { pattern: { detail: { status: ['SUCCEEDED'] } } },
    ]);
    bus.put(FAILED);
    await bus[Symbol.asyncDispose]();
    expect(received).toEqual([FAILED, FAILED]);
  });

  it('tries a target again that fails, and gives up after the third time', async () => {
    let calls = 0;
    const fail = async () => {
      calls += 1;
      throw new Error('broken');
    };
    start([{ pattern: { source: ['aws.batch'] }, targets: [fail] }]);
    bus.put(FAILED);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls).toBe(3);
    expect(errors).toEqual([new Error('broken')]);
  });

  it('calls the targets of a schedule again and again, until it is stopped', async () => {
    start([{ everyMs: 300_000 }]);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(received).toHaveLength(2);
    expect(received[0]).toMatchObject({
      'detail-type': 'Scheduled Event',
      resources: ['arn:rule'],
    });
    await bus[Symbol.asyncDispose]();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(received).toHaveLength(2);
  });

  it('takes no event after it was stopped', async () => {
    start([{ pattern: { source: ['aws.batch'] } }]);
    await bus[Symbol.asyncDispose]();
    bus.put(FAILED);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(received).toEqual([]);
  });
});
