import { describe, expect, it } from '@jest/globals';
import { RESEND_AFTER_SECONDS } from '#contracts/queue-timing.ts';
import { synthesize } from './template.ts';

const stack = synthesize();
const rule = (name: string) => stack.get('AWS::Events::Rule', name);
const invokeConfig = (name: string) => stack.get('AWS::Lambda::EventInvokeConfig', name);

describe('a job that ends without a word', () => {
  it.each([
    ['RecoveryFailedJobs', 'FAILED'],
    ['RecoverySucceededJobs', 'SUCCEEDED'],
  ])('is noticed by the rule %s', (name, status) => {
    expect(rule(name)['EventPattern']).toEqual({
      source: ['aws.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { jobQueue: ['<ComputeJobQueue.JobQueueArn>'], status: [status] },
    });
  });

  it('is noticed when it blocks the queue', () => {
    expect(rule('RecoveryBlockedQueue')['EventPattern']).toEqual({
      source: ['aws.batch'],
      'detail-type': ['Batch Job Queue Blocked'],
      resources: ['<ComputeJobQueue.JobQueueArn>'],
    });
  });

  it('is not lost when the event cannot be delivered', () => {
    for (const name of ['RecoveryFailedJobs', 'RecoverySucceededJobs', 'RecoveryBlockedQueue']) {
      expect(rule(name)['Targets']).toEqual([
        expect.objectContaining({
          Arn: '<RecoveryBatchEventsFunction.Arn>',
          DeadLetterConfig: { Arn: '<RecoveryEventDeadLetters.Arn>' },
        }),
      ]);
    }
  });

  it('is not lost when the function fails on the event', () => {
    expect(invokeConfig('RecoveryBatchEventsRetries')).toMatchObject({
      FunctionName: '<RecoveryBatchEventsFunction>',
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: '<RecoveryEventDeadLetters.Arn>' } },
    });
  });
});

describe('the sweeper', () => {
  it('runs oftener than a message is sent again', () => {
    const { ScheduleExpression, Targets } = rule('RecoverySweepSchedule');
    const minutes = Number(/^rate\((\d+) minutes\)$/.exec(ScheduleExpression)?.[1]);
    expect(minutes * 60).toBeLessThan(RESEND_AFTER_SECONDS);
    expect(Targets).toEqual([expect.objectContaining({ Arn: '<RecoverySweeperFunction.Arn>' })]);
  });

  it('is not repeated when it fails, and ends before it runs again', () => {
    expect(invokeConfig('RecoverySweeperRetries')['MaximumRetryAttempts']).toBe(0);
    const { Timeout } = stack.get('AWS::Lambda::Function', 'RecoverySweeperFunction');
    expect(Timeout).toBeLessThan(300);
  });
});

describe('alarms', () => {
  const told = synthesize({ alarmEmail: 'oncall@example.org' });

  const alarms = Object.fromEntries(
    stack
      .ofType('AWS::CloudWatch::Alarm')
      .map(({ name, properties }) => [
        name.replace(/^Observability/, ''),
        [
          `${properties['Namespace']} ${properties['MetricName']}`,
          ...properties['Dimensions'].map(({ Value }: { Value: string }) => Value),
          properties['Threshold'],
        ],
      ]),
  );

  it('watch every place where something can be stuck or lost', () => {
    const visible = 'AWS/SQS ApproximateNumberOfMessagesVisible';
    const age = 'AWS/SQS ApproximateAgeOfOldestMessage';
    const errors = 'AWS/Lambda Errors';
    const matched = 'AWS/Events MatchedEvents';
    expect(alarms).toEqual({
      JobDeadLetters: [visible, '<JobsQueueDeadLetters.QueueName>', 0],
      WebhookDeadLetters: [visible, '<WebhooksQueueDeadLetters.QueueName>', 0],
      EventDeadLetters: [visible, '<RecoveryEventDeadLetters.QueueName>', 0],
      JobQueueAge: [age, '<JobsQueue.QueueName>', 900],
      WebhookQueueAge: [age, '<WebhooksQueue.QueueName>', 3_600],
      DispatchErrors: [errors, '<JobsDispatchFunction>', 0],
      WebhookErrors: [errors, '<WebhooksDeliveryFunction>', 0],
      BatchEventErrors: [errors, '<RecoveryBatchEventsFunction>', 0],
      SweeperErrors: [errors, '<RecoverySweeperFunction>', 0],
      ServerErrors: ['AWS/ApiGateway 5XXError', 'Reelscribe', 5],
      FailedJobs: [matched, '<RecoveryFailedJobs>', 20],
      BlockedQueue: [matched, '<RecoveryBlockedQueue>', 0],
    });
  });

  it('are above zero, not at it, and silent where there is nothing to measure', () => {
    for (const { properties } of stack.ofType('AWS::CloudWatch::Alarm')) {
      expect(properties['ComparisonOperator']).toBe('GreaterThanThreshold');
      expect(properties['TreatMissingData']).toBe('notBreaching');
    }
  });

  it('go to an address if the deployment gives one', () => {
    expect(told.ofType('AWS::SNS::Subscription').map(({ properties }) => properties)).toEqual([
      expect.objectContaining({ Protocol: 'email', Endpoint: 'oncall@example.org' }),
    ]);
    for (const { properties } of told.ofType('AWS::CloudWatch::Alarm')) {
      expect(properties['AlarmActions']).toEqual(['<ObservabilityAlarms>']);
    }
  });

  it('may be published by the alarms of this account, and over TLS only', () => {
    const { Statement } = told.get('AWS::SNS::TopicPolicy', 'ObservabilityAlarmsPolicy')[
      'PolicyDocument'
    ];
    expect(Statement).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      {
        Sid: 'AllowPublishByAlarms',
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: '<ObservabilityAlarms>',
        Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
      },
    ]);
  });
});
