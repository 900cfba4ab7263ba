import { describe, expect, it } from '@jest/globals';
import { type Resource, type Stack, synthesize } from './template.ts';

type Statement = {
  actions: string[];
  on: string[];
  when?: Record<string, unknown>;
};

type RolePermissions = {
  assumedBy: string;
  managedPolicies?: string[];
  allowed: Statement[];
};

/** AWS Batch names a job when it is made, so no narrower resource exists; the conditions narrow it. */
const ANY_JOB = 'arn:<AWS::Partition>:batch:<AWS::Region>:<AWS::AccountId>:job/*';
const WEBHOOK_SECRETS =
  'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:Reelscribe/webhook-secrets/*';

/** Everything that anything of ours may do. A new permission fails the test until it stands here. */
const PERMISSIONS: Record<string, RolePermissions> = {
  ApiHandlerRole: {
    assumedBy: 'lambda.amazonaws.com',
    allowed: [
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['<ApiHandlerLog.Arn>'] },
      {
        actions: [
          'dynamodb:DeleteItem',
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
        ],
        on: ['<StoreJobTable.Arn>'],
      },
      { actions: ['dynamodb:Query'], on: ['<StoreJobTable.Arn>/index/byTenant'] },
      { actions: ['sqs:SendMessage'], on: ['<JobsQueue.Arn>', '<WebhooksQueue.Arn>'] },
      { actions: ['s3:GetObject', 's3:PutObject'], on: ['<StoreArtifactsBucket.Arn>/uploads/*'] },
      {
        actions: ['s3:DeleteObject', 's3:GetObject'],
        on: [
          '<StoreArtifactsBucket.Arn>/jobs/*',
          '<StoreArtifactsBucket.Arn>/*/jobs/*',
          'arn:<AWS::Partition>:s3:::results-out/jobs/*',
          'arn:<AWS::Partition>:s3:::results-out/*/jobs/*',
        ],
      },
      {
        actions: ['s3:ListBucket'],
        on: ['<StoreArtifactsBucket.Arn>', 'arn:<AWS::Partition>:s3:::results-out'],
        when: { StringLike: { 's3:prefix': ['jobs/*', '*/jobs/*'] } },
      },
      { actions: ['secretsmanager:CreateSecret'], on: [WEBHOOK_SECRETS] },
      {
        actions: ['batch:TerminateJob'],
        on: [ANY_JOB],
        when: { Null: { 'aws:ResourceTag/reelscribe:jobId': 'false' } },
      },
    ],
  },
  ApiRestApiCloudWatchRole: {
    assumedBy: 'apigateway.amazonaws.com',
    managedPolicies: [
      'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    ],
    allowed: [],
  },
  ComputeInstanceRole: {
    assumedBy: 'ec2.amazonaws.com',
    managedPolicies: [
      'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role',
    ],
    allowed: [],
  },
  JobsDispatchRole: {
    assumedBy: 'lambda.amazonaws.com',
    allowed: [
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['<JobsDispatchLog.Arn>'] },
      { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], on: ['<StoreJobTable.Arn>'] },
      { actions: ['sqs:SendMessage'], on: ['<WebhooksQueue.Arn>'] },
      {
        actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        on: ['<JobsQueue.Arn>'],
      },
      { actions: ['batch:SubmitJob'], on: ['<ComputeJobQueue.JobQueueArn>', '<WorkerDefinition>'] },
      {
        actions: ['batch:TagResource'],
        on: [ANY_JOB],
        when: {
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['reelscribe:jobId', 'reelscribe:share'] },
        },
      },
      {
        actions: ['batch:TerminateJob'],
        on: [ANY_JOB],
        when: { Null: { 'aws:ResourceTag/reelscribe:jobId': 'false' } },
      },
      { actions: ['batch:ListJobs'], on: ['*'] },
    ],
  },
  RecoveryBatchEventsRole: {
    assumedBy: 'lambda.amazonaws.com',
    allowed: [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        on: ['<RecoveryBatchEventsLog.Arn>'],
      },
      { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], on: ['<StoreJobTable.Arn>'] },
      {
        actions: ['sqs:SendMessage'],
        on: ['<WebhooksQueue.Arn>', '<RecoveryEventDeadLetters.Arn>'],
      },
    ],
  },
  RecoverySweeperRole: {
    assumedBy: 'lambda.amazonaws.com',
    allowed: [
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['<RecoverySweeperLog.Arn>'] },
      { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], on: ['<StoreJobTable.Arn>'] },
      { actions: ['dynamodb:Query'], on: ['<StoreJobTable.Arn>/index/bySweep'] },
      { actions: ['sqs:SendMessage'], on: ['<JobsQueue.Arn>', '<WebhooksQueue.Arn>'] },
    ],
  },
  WebhooksDeliveryRole: {
    assumedBy: 'lambda.amazonaws.com',
    allowed: [
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['<WebhooksDeliveryLog.Arn>'] },
      { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], on: ['<StoreJobTable.Arn>'] },
      {
        actions: [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
        ],
        on: ['<WebhooksQueue.Arn>'],
      },
      { actions: ['secretsmanager:GetSecretValue'], on: [WEBHOOK_SECRETS] },
    ],
  },
  WorkerExecutionRole: {
    assumedBy: 'ecs-tasks.amazonaws.com',
    allowed: [
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['<WorkerLog.Arn>'] },
      {
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:GetDownloadUrlForLayer',
          'ecr:BatchGetImage',
        ],
        on: [
          'arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/cdk-hnb659fds-container-assets-<AWS::AccountId>-<AWS::Region>',
        ],
      },
      { actions: ['ecr:GetAuthorizationToken'], on: ['*'] },
    ],
  },
  WorkerJobRole: {
    assumedBy: 'ecs-tasks.amazonaws.com',
    allowed: [
      { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], on: ['<StoreJobTable.Arn>'] },
      { actions: ['sqs:SendMessage'], on: ['<WebhooksQueue.Arn>'] },
      { actions: ['s3:GetObject'], on: ['<StoreArtifactsBucket.Arn>/uploads/*'] },
      {
        actions: ['s3:PutObject'],
        on: ['<StoreArtifactsBucket.Arn>/jobs/*', '<StoreArtifactsBucket.Arn>/*/jobs/*'],
      },
      {
        actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
        on: ['<StoreArtifactsBucket.Arn>/checkpoints/*'],
      },
      { actions: ['s3:ListBucket'], on: ['<StoreArtifactsBucket.Arn>'] },
      {
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        on: ['arn:<AWS::Partition>:s3:::media-in/*'],
      },
      {
        actions: ['s3:PutObject'],
        on: [
          'arn:<AWS::Partition>:s3:::results-out/jobs/*',
          'arn:<AWS::Partition>:s3:::results-out/*/jobs/*',
        ],
      },
    ],
  },
};

const stack = synthesize();

describe('permissions', () => {
  it('are these statements and no others', () => {
    expect(permissionsOf(stack)).toEqual(PERMISSIONS);
  });

  it('are given to roles alone, by policies of their own', () => {
    const otherCarriers = ['AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::ManagedPolicy'];
    expect(stack.resources.filter(({ type }) => otherCarriers.includes(type))).toEqual([]);
    for (const { properties } of stack.ofType('AWS::IAM::Policy')) {
      expect(properties['Users'] ?? properties['Groups']).toBeUndefined();
    }
  });

  it('name no bucket where a deployment allows none', () => {
    const closed = synthesize({ allowedInputBuckets: '', allowedOutputBuckets: '' });
    const resources = closed
      .ofType('AWS::IAM::Policy')
      .flatMap(statementsOf)
      .filter(({ actions }) => actions.some((action) => action.startsWith('s3:')))
      .flatMap(({ on }) => on);
    expect(resources.filter((arn) => !arn.startsWith('<StoreArtifactsBucket.Arn>'))).toEqual([]);
  });
});

function permissionsOf({ ofType }: Stack): Record<string, RolePermissions> {
  const policies = ofType('AWS::IAM::Policy');
  return Object.fromEntries(
    ofType('AWS::IAM::Role').map(({ name, properties }) => {
      expect(properties['Policies']).toBeUndefined();
      const [trust, ...otherTrusts] = properties['AssumeRolePolicyDocument'].Statement;
      expect(otherTrusts).toEqual([]);
      expect(Object.keys(trust.Principal)).toEqual(['Service']);
      const managedPolicies: string[] | undefined = properties['ManagedPolicyArns'];
      return [
        name,
        {
          assumedBy: trust.Principal.Service,
          ...(managedPolicies === undefined ? {} : { managedPolicies }),
          allowed: policies
            .filter((policy) => policy.properties['Roles'].includes(`<${name}>`))
            .flatMap(statementsOf),
        },
      ];
    }),
  );
}

function statementsOf({ properties }: Resource): Statement[] {
  return properties['PolicyDocument'].Statement.map(
    (statement: {
      Effect: string;
      Action: string | string[];
      Resource: string | string[];
      Condition?: Record<string, unknown>;
    }) => {
      const { Effect, Action, Resource, Condition, ...others } = statement;
      expect({ Effect, others }).toEqual({ Effect: 'Allow', others: {} });
      return {
        actions: [Action].flat(),
        on: [Resource].flat(),
        ...(Condition === undefined ? {} : { when: Condition }),
      };
    },
  );
}
