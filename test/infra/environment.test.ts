import { describe, expect, it } from '@jest/globals';
import {
  apiEnvironmentSchema,
  batchEventsEnvironmentSchema,
  dispatchEnvironmentSchema,
  sweeperEnvironmentSchema,
  webhooksEnvironmentSchema,
  workerEnvironmentSchema,
} from '#contracts/environment.ts';
import { INPUT_BUCKET, OUTPUT_BUCKET, synthesize } from './template.ts';

const stack = synthesize();

/** Node's own; the rest is in the contract. */
const RUNTIME_VARIABLES = ['NODE_OPTIONS'];

/** AWS Batch sets these in every container. */
const SET_BY_BATCH = { AWS_BATCH_JOB_ID: 'b-1', AWS_BATCH_JOB_ATTEMPT: '1' };

const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/111122223333/queue';

describe('the environment', () => {
  it.each([
    ['ApiHandlerFunction', apiEnvironmentSchema],
    ['JobsDispatchFunction', dispatchEnvironmentSchema],
    ['RecoveryBatchEventsFunction', batchEventsEnvironmentSchema],
    ['RecoverySweeperFunction', sweeperEnvironmentSchema],
    ['WebhooksDeliveryFunction', webhooksEnvironmentSchema],
  ] as const)(
    'of %s is complete and holds nothing that its contract does not know',
    (name, schema) => {
      const { Variables } = stack.get('AWS::Lambda::Function', name)['Environment'];
      const values = deployed(Variables);
      for (const variable of RUNTIME_VARIABLES) {
        delete values[variable];
      }
      expect(schema.strict().safeParse(values)).toMatchObject({ success: true });
    },
  );

  it('is tested for every function', () => {
    expect(stack.ofType('AWS::Lambda::Function')).toHaveLength(5);
  });

  it('of the worker is complete and holds nothing that its contract does not know', () => {
    const parsed = workerEnvironmentSchema
      .strict()
      .parse({ ...workerVariables(), ...SET_BY_BATCH });
    expect(parsed).toMatchObject({
      DEVICE: 'cuda',
      ALLOW_CPU_FALLBACK: false,
      ALLOW_LOOPBACK_URLS: false,
    });
  });

  it('names the Region to the worker, which ECS does on Fargate alone', () => {
    expect(workerEnvironment()['AWS_REGION']).toBe('<AWS::Region>');
  });

  it('lets no deployment reach loopback addresses', () => {
    for (const { properties } of stack.ofType('AWS::Lambda::Function')) {
      expect(properties['Environment'].Variables).not.toHaveProperty('ALLOW_LOOPBACK_URLS');
    }
    expect(workerVariables()).not.toHaveProperty('ALLOW_LOOPBACK_URLS');
  });

  it('names the same table, queues and bucket everywhere', () => {
    const values = [
      ...stack
        .ofType('AWS::Lambda::Function')
        .flatMap(({ properties }) => Object.entries(properties['Environment'].Variables)),
      ...Object.entries(workerEnvironment()),
    ];
    const of = (name: string) => new Set(values.filter(([key]) => key === name).map(([, v]) => v));
    expect(of('JOB_TABLE')).toEqual(new Set(['<StoreJobTable>']));
    expect(of('JOB_QUEUE_URL')).toEqual(new Set(['<JobsQueue>']));
    expect(of('WEBHOOK_QUEUE_URL')).toEqual(new Set(['<WebhooksQueue>']));
    expect(of('ARTIFACTS_BUCKET')).toEqual(new Set(['<StoreArtifactsBucket>']));
    expect(of('BATCH_JOB_QUEUE')).toEqual(new Set(['<ComputeJobQueue.JobQueueArn>']));
    expect(of('BATCH_JOB_DEFINITION')).toEqual(new Set(['<WorkerDefinition>']));
    expect(of('WEBHOOK_SECRETS_PREFIX')).toEqual(new Set(['Reelscribe/webhook-secrets']));
  });

  it('carries the deployment’s limits', () => {
    const limited = synthesize({
      retentionDays: '7',
      maxInputBytes: '1000',
      maxMediaSeconds: '60',
      allowCpuFallback: 'true',
    });
    const { Variables } = limited.get('AWS::Lambda::Function', 'ApiHandlerFunction')['Environment'];
    expect(Variables).toMatchObject({
      RETENTION_DAYS: '7',
      MAX_UPLOAD_BYTES: '1000',
      ALLOWED_INPUT_BUCKETS: INPUT_BUCKET,
      ALLOWED_OUTPUT_BUCKETS: OUTPUT_BUCKET,
    });
    const { Environment } = limited.get('AWS::Batch::JobDefinition', 'WorkerDefinition')[
      'ContainerProperties'
    ];
    expect(Environment).toContainEqual({ Name: 'MAX_INPUT_BYTES', Value: '1000' });
    expect(Environment).toContainEqual({ Name: 'MAX_MEDIA_SECONDS', Value: '60' });
    expect(Environment).toContainEqual({ Name: 'ALLOW_CPU_FALLBACK', Value: '1' });
  });

  it('lets no upload be larger than S3 takes from a form', () => {
    const { Variables } = stack.get('AWS::Lambda::Function', 'ApiHandlerFunction')['Environment'];
    expect(Variables['MAX_UPLOAD_BYTES']).toBe(String(5 * 1024 ** 3));
  });
});

function workerEnvironment(): Record<string, string> {
  const { Environment } = stack.get('AWS::Batch::JobDefinition', 'WorkerDefinition')[
    'ContainerProperties'
  ];
  return Object.fromEntries(
    Environment.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]),
  );
}

function workerVariables(): Record<string, string> {
  return deployed(workerEnvironment());
}

/** What CloudFormation fills in: a queue's reference becomes its URL, any other a name. */
function deployed(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      value.startsWith('<') && name.endsWith('_URL') ? QUEUE_URL : value,
    ]),
  );
}
