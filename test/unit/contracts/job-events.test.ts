import { describe, expect, it } from '@jest/globals';
import {
  cancel,
  fail,
  type JobChange,
  queuedEvent,
  start,
  succeed,
} from '#contracts/job-changes.ts';
import { eventsOf } from '#contracts/job-events.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { type WebhookEvent, webhookEventSchema } from '#contracts/webhook-events.ts';
import { at, failure, queuedRecord, result } from './job-fixtures.ts';

/** Makes changes as the store does, and keeps every event told on the way. */
function live(
  record: JobRecord,
  ...changes: ((record: JobRecord) => JobChange)[]
): { record: JobRecord; told: WebhookEvent[] } {
  const told = queuedEvent(record);
  let current = record;
  for (const make of changes) {
    const change = make(current);
    current = { ...current, ...change.set, status: change.to };
    told.push(...(change.event === undefined ? [] : [change.event]));
  }
  return { record: current, told };
}

const run = (attempt: number) => (record: JobRecord) =>
  start(record, { attempt, batchJobId: 'b', now: at(attempt) });
const complete = (record: JobRecord) =>
  succeed(record, { attempt: record.attempt, batchJobId: 'b', now: at(9), result });
const breakDown = (record: JobRecord) => fail(record, { now: at(9), failure });
const giveUp = (record: JobRecord) => cancel(record, at(9));

describe('the events rebuilt from a record', () => {
  it.each([
    ['queued', []],
    ['running', [run(1)]],
    ['succeeded', [run(1), complete]],
    ['failed while running', [run(1), breakDown]],
    ['failed before it ran', [breakDown]],
    ['canceled while queued', [giveUp]],
    ['canceled while running', [run(1), giveUp]],
  ])('are those that were told, for a job that is %s', (_state, changes) => {
    const { record, told } = live(queuedRecord(), ...changes);
    expect(eventsOf(record)).toEqual(told);
    for (const event of eventsOf(record)) {
      expect(webhookEventSchema.parse(event)).toEqual(event);
    }
  });

  it('hold the last attempt only, where there were several', () => {
    const { record } = live(queuedRecord(), run(1), run(2), complete);
    expect(eventsOf(record).map(({ id }) => id.replace(/^evt_[^_]+_/, ''))).toEqual([
      'queued',
      'running_2',
      'completed',
    ]);
  });

  it('are those that the webhook asked for', () => {
    const webhook = { url: 'https://hooks.example.com/', events: ['job.completed' as const] };
    const { record, told } = live(queuedRecord({}, { webhook }), run(1), complete);
    expect(told.map(({ type }) => type)).toEqual(['job.completed']);
    expect(eventsOf(record)).toEqual(told);
  });

  it('are none without a webhook', () => {
    const { record } = live(queuedRecord({}, { webhook: undefined }), run(1), complete);
    expect(eventsOf(record)).toEqual([]);
  });
});
