import { describe, expect, it } from '@jest/globals';
import { readDeployment } from '../../infra/deployment.ts';

describe('context flags', () => {
  it('have defaults that deploy', () => {
    expect(readDeployment({})).toEqual({
      stackName: 'Reelscribe',
      allowedInputBuckets: [],
      allowedOutputBuckets: [],
      auth: 'apiKey',
      instanceTypes: [
        'g4dn.xlarge',
        'g4dn.2xlarge',
        'g5.xlarge',
        'g5.2xlarge',
        'g6.xlarge',
        'g6.2xlarge',
      ],
      minvCpus: 0,
      maxvCpus: 32,
      availabilityZones: 3,
      retentionDays: 30,
      removalPolicy: 'retain',
      maxInputBytes: 10_737_418_240,
      maxMediaSeconds: 36_000,
      allowCpuFallback: false,
    });
  });

  it('are read from the command line as from cdk.json', () => {
    const fromCommandLine = readDeployment({
      allowedInputBuckets: 'media-in, archive',
      maxvCpus: '64',
      allowCpuFallback: 'true',
      models: 'whisper-small',
    });
    const fromFile = readDeployment({
      allowedInputBuckets: ['media-in', 'archive'],
      maxvCpus: 64,
      allowCpuFallback: true,
      models: ['whisper-small'],
    });
    expect(fromCommandLine).toEqual(fromFile);
    expect(fromFile).toMatchObject({
      allowedInputBuckets: ['media-in', 'archive'],
      maxvCpus: 64,
      allowCpuFallback: true,
    });
  });

  it('leave the CDK’s own context alone', () => {
    expect(
      readDeployment({
        '@aws-cdk/core:checkSecretUsage': true,
        'aws:cdk:bundling-stacks': [],
        'availability-zones:account=1:region=x': ['a'],
      }),
    ).toEqual(readDeployment({}));
  });

  it.each([
    ['a flag that does not exist', { allowedInputBucket: 'media-in' }, 'allowedInputBucket'],
    ['a bucket by its ARN', { allowedInputBuckets: 'arn:aws:s3:::media' }, 'not a bucket name'],
    ['every bucket', { allowedOutputBuckets: '*' }, 'not a bucket name'],
    ['another way to authorise', { auth: 'none' }, 'auth'],
    ['machines without a GPU', { instanceTypes: 'm7i.large' }, 'instance type'],
    ['machines of another processor', { instanceTypes: 'g5g.xlarge' }, 'instance type'],
    ['more warm machines than machines', { minvCpus: '64' }, 'larger than maxvCpus'],
    ['less than a machine', { maxvCpus: '2' }, 'maxvCpus'],
    ['a retention shorter than webhooks are retried', { retentionDays: '3' }, 'retentionDays'],
    ['a model by its path', { models: '../secrets' }, 'not a model id'],
    ['neither yes nor no', { allowCpuFallback: 'maybe' }, 'allowCpuFallback'],
    ['no address', { alarmEmail: 'oncall' }, 'alarmEmail'],
    ['a name that CloudFormation refuses', { stackName: '1st' }, 'not a stack name'],
  ])('refuse %s', (_, context, message) => {
    expect(() => readDeployment(context)).toThrow(message);
  });

  it('name all that is wrong at once', () => {
    expect(() => readDeployment({ auth: 'none', maxvCpus: 'many' })).toThrow(/auth[\s\S]*maxvCpus/);
  });
});
