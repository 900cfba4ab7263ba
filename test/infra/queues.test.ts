import { describe, expect, it } from '@jest/globals';
import {
  DISPATCH_TIMEOUT_SECONDS,
  JOB_MAX_RECEIVE_COUNT,
  WEBHOOK_MAX_RECEIVE_COUNT,
  WEBHOOK_REQUEST_TIMEOUT_SECONDS,
} from '#contracts/queue-timing.ts';
import { synthesize } from './template.ts';

const FOURTEEN_DAYS_IN_SECONDS = 14 * 86_400;
const SUBMIT_JOB_CALLS_PER_SECOND = 50;

const stack = synthesize();
const queue = (name: string) => stack.get('AWS::SQS::Queue', name);
const lambda = (name: string) => stack.get('AWS::Lambda::Function', name);
const sources = stack.ofType('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties);

describe('every queue', () => {
  it('is encrypted and keeps its messages for 14 days', () => {
    const queues = stack.ofType('AWS::SQS::Queue');
    expect(queues.map(({ name }) => name).toSorted()).toEqual([
      'JobsQueue',
      'JobsQueueDeadLetters',
      'RecoveryEventDeadLetters',
      'WebhooksQueue',
      'WebhooksQueueDeadLetters',
    ]);
    for (const { properties } of queues) {
      expect(properties['SqsManagedSseEnabled']).toBe(true);
      expect(properties['MessageRetentionPeriod']).toBe(FOURTEEN_DAYS_IN_SECONDS);
    }
  });

  it('that a function reads hides a message for six times the function’s timeout', () => {
    expect(sources).toHaveLength(2);
    for (const source of sources) {
      const timeout = lambda(nameIn(source['FunctionName']))['Timeout'];
      const visibility = queue(nameIn(source['EventSourceArn']))['VisibilityTimeout'];
      expect(visibility).toBeGreaterThanOrEqual(6 * timeout);
    }
  });

  it('that a function reads takes back the messages that failed, and no others', () => {
    for (const source of sources) {
      expect(source['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    }
  });
});

describe('the job queue', () => {
  it('gives a message up after five deliveries, to its dead letters', () => {
    expect(queue('JobsQueue')['RedrivePolicy']).toEqual({
      deadLetterTargetArn: '<JobsQueueDeadLetters.Arn>',
      maxReceiveCount: JOB_MAX_RECEIVE_COUNT,
    });
    expect(JOB_MAX_RECEIVE_COUNT).toBeGreaterThanOrEqual(5);
  });

  it('is read by a function that answers within ten seconds', () => {
    expect(queue('JobsQueue')['VisibilityTimeout']).toBe(60);
    expect(lambda('JobsDispatchFunction')['Timeout']).toBe(DISPATCH_TIMEOUT_SECONDS);
    expect(DISPATCH_TIMEOUT_SECONDS).toBeLessThanOrEqual(10);
  });

  it('is dispatched no faster than AWS Batch takes jobs', () => {
    const source = sources.find(({ EventSourceArn }) => EventSourceArn === '<JobsQueue.Arn>');
    const atOnce = source?.['BatchSize'] * source?.['ScalingConfig'].MaximumConcurrency;
    expect(atOnce).toBeLessThanOrEqual(SUBMIT_JOB_CALLS_PER_SECOND);
  });
});

describe('the webhook queue', () => {
  it('never cuts the schedule of eleven attempts short', () => {
    expect(queue('WebhooksQueue')['RedrivePolicy']).toEqual({
      deadLetterTargetArn: '<WebhooksQueueDeadLetters.Arn>',
      maxReceiveCount: WEBHOOK_MAX_RECEIVE_COUNT,
    });
    expect(WEBHOOK_MAX_RECEIVE_COUNT).toBeGreaterThan(5 * 11);
  });

  it('is read one message at a time, by a function that outlives the slowest receiver', () => {
    const source = sources.find(({ EventSourceArn }) => EventSourceArn === '<WebhooksQueue.Arn>');
    expect(source?.['BatchSize']).toBe(1);
    expect(lambda('WebhooksDeliveryFunction')['Timeout']).toBeGreaterThan(
      2 * WEBHOOK_REQUEST_TIMEOUT_SECONDS,
    );
  });
});

describe('every function', () => {
  it('runs Node 24 on Arm, writes a log of its own, and says where its source is', () => {
    const functions = Object.values(stack.template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogGroup: expect.anything() },
      });
    }
    expect(functions.map(({ Metadata }) => Metadata?.['reelscribe:folder']).toSorted()).toEqual([
      'api',
      'batch-events',
      'dispatch',
      'sweeper',
      'webhooks',
    ]);
  });

  it('leaves no log without an end', () => {
    const groups = stack.ofType('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(5);
    for (const { properties } of groups) {
      expect(properties['RetentionInDays']).toBeLessThanOrEqual(90);
    }
  });
});

/** The name in `<Name>` or `<Name.Arn>`. */
function nameIn(reference: string): string {
  return reference.replace(/^<([^.>]+).*$/, '$1');
}
