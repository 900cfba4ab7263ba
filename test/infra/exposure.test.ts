import { describe, expect, it } from '@jest/globals';
import { type Stack, synthesize } from './template.ts';

const withApiKey = synthesize();
const withIam = synthesize({ auth: 'iam' });

describe.each([
  ['with API keys', withApiKey],
  ['with IAM', withIam],
])('a deployment %s', (_, stack) => {
  it('opens GET /v1/health and nothing else without a key or a signature', () => {
    const open = methodsOf(stack).filter(({ guard }) => guard === 'nothing');
    expect(open.map(({ route }) => route)).toEqual(['GET /v1/health']);
  });

  it('guards every other path and method', () => {
    const guarded = methodsOf(stack).filter(({ route }) => route !== 'GET /v1/health');
    const guard = stack === withIam ? 'AWS_IAM' : 'API key';
    expect(guarded).toEqual([{ route: 'ANY /v1/{proxy+}', guard }]);
  });

  it('has no address of a function, no other API and no cross-account door', () => {
    const doors = [
      'AWS::Lambda::Url',
      'AWS::ApiGatewayV2::Api',
      'AWS::AppSync::GraphQLApi',
      'AWS::S3::AccessPoint',
      'AWS::SNS::Topic',
      'AWS::Lambda::LayerVersionPermission',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::DynamoDB::GlobalTable',
    ];
    expect(stack.resources.filter(({ type }) => doors.includes(type))).toEqual([]);
    expect(stack.get('AWS::ApiGateway::RestApi', 'ApiRestApi')['Policy']).toBeUndefined();
    expect(stack.get('AWS::DynamoDB::Table', 'StoreJobTable')['ResourcePolicy']).toBeUndefined();
  });

  it('lets only its own API and its own rules call its functions', () => {
    const callers = stack.ofType('AWS::Lambda::Permission').map(({ properties }) => ({
      function: properties['FunctionName'],
      caller: properties['Principal'],
      from: properties['SourceArn'],
    }));
    const api =
      'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRestApi>/<ApiRestApiDeploymentStagelive>';
    const rule = (name: string, target: string) => ({
      function: `<${target}.Arn>`,
      caller: 'events.amazonaws.com',
      from: `<${name}.Arn>`,
    });
    const gateway = (path: string) => ({
      function: '<ApiHandlerFunction.Arn>',
      caller: 'apigateway.amazonaws.com',
      from: `${api}/${path}`,
    });
    expect(callers).toEqual([
      rule('RecoverySweepSchedule', 'RecoverySweeperFunction'),
      rule('RecoveryFailedJobs', 'RecoveryBatchEventsFunction'),
      rule('RecoverySucceededJobs', 'RecoveryBatchEventsFunction'),
      rule('RecoveryBlockedQueue', 'RecoveryBatchEventsFunction'),
      gateway('*/v1/*'),
      gateway('GET/v1/health'),
    ]);
  });

  it('allows by the policies of queues and buckets only what AWS itself delivers', () => {
    const allowed = resourceStatements(stack).filter(({ Effect }) => Effect !== 'Deny');
    const deadLettersOf = (rule: string) => ({
      Action: 'sqs:SendMessage',
      Principal: { Service: 'events.amazonaws.com' },
      Resource: '<RecoveryEventDeadLetters.Arn>',
      Condition: { ArnEquals: { 'aws:SourceArn': `<${rule}.Arn>` } },
    });
    expect(allowed).toEqual(
      [
        {
          Action: 's3:PutObject',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Resource: '<StoreAccessLogBucket.Arn>/artifacts/*',
          Condition: {
            ArnLike: { 'aws:SourceArn': '<StoreArtifactsBucket.Arn>' },
            StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
          },
        },
        deadLettersOf('RecoveryFailedJobs'),
        deadLettersOf('RecoverySucceededJobs'),
        deadLettersOf('RecoveryBlockedQueue'),
      ].map((statement) => expect.objectContaining(statement)),
    );
  });

  it('refuses every bucket and queue to requests without TLS', () => {
    const overTlsOnly = resourceStatements(stack)
      .filter(
        ({ Effect, Principal, Condition }) =>
          Effect === 'Deny' &&
          Principal.AWS === '*' &&
          Condition?.['Bool']?.['aws:SecureTransport'] === 'false',
      )
      .map(({ Resource }) => [Resource].flat()[0]);
    const buckets = stack.ofType('AWS::S3::Bucket').map(({ name }) => `<${name}.Arn>`);
    const queues = stack.ofType('AWS::SQS::Queue').map(({ name }) => `<${name}.Arn>`);
    expect(overTlsOnly.toSorted()).toEqual([...buckets, ...queues].toSorted());
  });

  it('keeps every bucket from the public', () => {
    for (const { properties } of stack.ofType('AWS::S3::Bucket')) {
      expect(properties['PublicAccessBlockConfiguration']).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(properties['AccessControl']).toBeUndefined();
    }
  });

  it('lets nothing connect to the GPU machines', () => {
    const groups = stack.ofType('AWS::EC2::SecurityGroup');
    expect(groups).toHaveLength(1);
    expect(groups[0]?.properties['SecurityGroupIngress']).toBeUndefined();
    expect(stack.ofType('AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

/** Every method of the API, and what stands before it. */
function methodsOf(stack: Stack): { route: string; guard: string }[] {
  const resources = new Map(
    stack
      .ofType('AWS::ApiGateway::Resource')
      .map(({ name, properties }) => [`<${name}>`, properties]),
  );
  const pathOf = (id: string): string => {
    const resource = resources.get(id);
    return resource === undefined ? '' : `${pathOf(resource['ParentId'])}/${resource['PathPart']}`;
  };
  return stack.ofType('AWS::ApiGateway::Method').map(({ properties }) => {
    const { HttpMethod, ResourceId, AuthorizationType, ApiKeyRequired } = properties;
    const key = ApiKeyRequired === true ? 'API key' : 'nothing';
    return {
      route: `${HttpMethod} ${pathOf(ResourceId)}`,
      guard: AuthorizationType === 'NONE' ? key : AuthorizationType,
    };
  });
}

type ResourceStatement = {
  Effect: string;
  Action: string | string[];
  Principal: { AWS?: string; Service?: string };
  Resource: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
};

function resourceStatements(stack: Stack): ResourceStatement[] {
  return ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'].flatMap((type) =>
    stack.ofType(type).flatMap(({ properties }) => properties['PolicyDocument'].Statement),
  );
}
