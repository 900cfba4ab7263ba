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
import { queuedRecord, sampleFailure, sampleResult } from '../../environment/sample-job.ts';

const at = (second: number) => `2025-01-15T10:00:0${second}.000Z`;
const webhook = { url: 'https://hooks.example.com/' };
const newRecord = (request = {}) => queuedRecord(new Date(at(0)), { webhook, ...request });

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
  succeed(record, { attempt: record.attempt, batchJobId: 'b', now: at(9), result: sampleResult() });
const breakDown = (record: JobRecord) => fail(record, { now: at(9), failure: sampleFailure });
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
    const { record, told } = live(newRecord(), ...changes);
    expect(eventsOf(record)).toEqual(told);
    for (const event of eventsOf(record)) {
      expect(webhookEventSchema.parse(event)).toEqual(event);
    }
  });

  it('hold the last attempt only, where there were several', () => {
    const { record } = live(newRecord(), run(1), run(2), complete);
    expect(eventsOf(record).map(({ id }) => id.replace(/^evt_[^_]+_/, ''))).toEqual([
      'queued',
      'running_2',
      'completed',
    ]);
  });

  it('are those that the webhook asked for', () => {
    const picky = { webhook: { ...webhook, events: ['job.completed'] } };
    const { record, told } = live(newRecord(picky), run(1), complete);
    expect(told.map(({ type }) => type)).toEqual(['job.completed']);
    expect(eventsOf(record)).toEqual(told);
  });

  it('are none without a webhook', () => {
    const { record } = live(newRecord({ webhook: undefined }), run(1), complete);
    expect(eventsOf(record)).toEqual([]);
  });
});
