import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { JobApi } from './job-api.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobRecovery } from './job-recovery.ts';
import type { Webhooks } from './webhooks.ts';

const PERIOD = Duration.minutes(5);
const FAILED_JOBS_PERIOD = Duration.minutes(15);

const DISPATCH_DELAY_LIMIT = Duration.minutes(15);

/**
 * A receiver that is down keeps messages for days; SQS leaves what was received
 * three times out of this metric, which the schedule reaches within the hour.
 */
const DELIVERY_DELAY_LIMIT = Duration.hours(1);

/** Some jobs fail for what is in their media; this many at once fail for another reason. */
const FAILED_JOBS_LIMIT = 20;
const SERVER_ERRORS_LIMIT = 5;

/** Alarms for what a person must look at; docs/operations.md says what to do at each. */
export class Observability extends Construct {
  private readonly action: SnsAction | undefined;

  constructor(
    scope: Construct,
    id: string,
    email: string | undefined,
    watched: { api: JobApi; jobs: JobQueue; webhooks: Webhooks; recovery: JobRecovery },
  ) {
    super(scope, id);
    const { api, jobs, webhooks, recovery } = watched;
    this.action = email === undefined ? undefined : this.createAction(email);

    for (const [name, { deadLetterQueue }] of Object.entries({
      JobDeadLetters: jobs,
      WebhookDeadLetters: webhooks,
      EventDeadLetters: recovery,
    })) {
      this.alarm(name, {
        alarmDescription: 'Messages that could not be handled wait to be looked at and redriven.',
        metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({
          period: PERIOD,
          statistic: Stats.MAXIMUM,
        }),
        threshold: 0,
      });
    }
    for (const [name, { queue, limit }] of Object.entries({
      JobQueueAge: { queue: jobs.queue, limit: DISPATCH_DELAY_LIMIT },
      WebhookQueueAge: { queue: webhooks.queue, limit: DELIVERY_DELAY_LIMIT },
    })) {
      this.alarm(name, {
        alarmDescription: 'Messages wait longer than the function behind the queue explains.',
        metric: queue.metricApproximateAgeOfOldestMessage({
          period: PERIOD,
          statistic: Stats.MAXIMUM,
        }),
        threshold: limit.toSeconds(),
      });
    }
    for (const [name, { function: target }] of Object.entries({
      DispatchErrors: jobs.dispatch,
      WebhookErrors: webhooks.delivery,
      BatchEventErrors: recovery.batchEvents,
      SweeperErrors: recovery.sweeper,
    })) {
      this.alarm(name, {
        alarmDescription: 'The function ended with an error or at its time limit.',
        metric: target.metricErrors({ period: PERIOD }),
        threshold: 0,
      });
    }
    this.alarm('ServerErrors', {
      alarmDescription: 'The API answers with status 5xx.',
      metric: api.restApi.metricServerError({ period: PERIOD, statistic: Stats.SUM }),
      threshold: SERVER_ERRORS_LIMIT,
    });
    this.alarm('FailedJobs', {
      alarmDescription: 'More jobs fail than bad media explain.',
      metric: matchedEvents(recovery.failedJobs, FAILED_JOBS_PERIOD),
      threshold: FAILED_JOBS_LIMIT,
    });
    this.alarm('BlockedQueue', {
      alarmDescription: 'The job at the head of the Batch queue cannot be placed on any machine.',
      metric: matchedEvents(recovery.blockedQueue, PERIOD),
      threshold: 0,
    });
  }

  private alarm(
    id: string,
    props: Pick<AlarmProps, 'alarmDescription' | 'threshold'> & { metric: IMetric },
  ): void {
    const alarm = new Alarm(this, id, {
      ...props,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.action !== undefined) {
      alarm.addAlarmAction(this.action);
    }
  }

  private createAction(email: string): SnsAction {
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    // A policy, here the one that demands TLS, takes the place of the default one,
    // by which every alarm of the account could publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowPublishByAlarms',
        actions: ['sns:Publish'],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    return new SnsAction(topic);
  }
}

/** AWS Batch has no metric of jobs; the rules that catch its events do. */
function matchedEvents(rule: Rule, period: Duration): Metric {
  return new Metric({
    namespace: 'AWS/Events',
    metricName: 'MatchedEvents',
    dimensionsMap: { RuleName: rule.ruleName },
    statistic: Stats.SUM,
    period,
  });
}
