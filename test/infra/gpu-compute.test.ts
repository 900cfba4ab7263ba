import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { readDeployment } from '../../infra/deployment.ts';
import { type Resource, synthesize } from './template.ts';

const stack = synthesize();
const environments = stack.ofType('AWS::Batch::ComputeEnvironment');
const queue = stack.get('AWS::Batch::JobQueue', 'ComputeJobQueue');
const machine = stack.get('AWS::EC2::LaunchTemplate', 'ComputeMachineTemplate')[
  'LaunchTemplateData'
];

const resourcesOf = ({ properties }: Resource) => properties['ComputeResources'];

describe('the compute environments', () => {
  it('are Spot first and on-demand second', () => {
    expect(queue['ComputeEnvironmentOrder']).toEqual([
      { Order: 1, ComputeEnvironment: '<ComputeSpot.ComputeEnvironmentArn>' },
      { Order: 2, ComputeEnvironment: '<ComputeOnDemand.ComputeEnvironmentArn>' },
    ]);
    expect(
      environments.map((environment) => [
        environment.name,
        resourcesOf(environment).Type,
        resourcesOf(environment).AllocationStrategy,
      ]),
    ).toEqual([
      ['ComputeSpot', 'SPOT', 'SPOT_PRICE_CAPACITY_OPTIMIZED'],
      ['ComputeOnDemand', 'EC2', 'BEST_FIT_PROGRESSIVE'],
    ]);
  });

  it('start GPU machines with the NVIDIA image, and none without a GPU', () => {
    for (const environment of environments) {
      expect(resourcesOf(environment).Ec2Configuration).toEqual([
        { ImageType: 'ECS_AL2023_NVIDIA' },
      ]);
      expect(resourcesOf(environment).InstanceTypes).toEqual(readDeployment({}).instanceTypes);
    }
  });

  it('cost nothing while there is no job', () => {
    for (const environment of environments) {
      expect(resourcesOf(environment).MinvCpus).toBe(0);
    }
  });

  it('keep machines warm on Spot alone, and grow to the size that the deployment gives', () => {
    const warm = synthesize({ minvCpus: '4', maxvCpus: '64', instanceTypes: 'g6.xlarge' })
      .ofType('AWS::Batch::ComputeEnvironment')
      .map(resourcesOf);
    expect(warm.map(({ MinvCpus, MaxvCpus }) => [MinvCpus, MaxvCpus])).toEqual([
      [4, 64],
      [0, 64],
    ]);
    expect(warm.map(({ InstanceTypes }) => InstanceTypes)).toEqual([['g6.xlarge'], ['g6.xlarge']]);
  });

  it('take the newest machine template, and let running jobs end before they do', () => {
    for (const { properties } of environments) {
      expect(properties['ComputeResources'].LaunchTemplate).toEqual({
        LaunchTemplateId: '<ComputeMachineTemplate>',
        Version: '<ComputeMachineTemplate.LatestVersionNumber>',
      });
      expect(properties['UpdatePolicy']).toEqual({
        JobExecutionTimeoutMinutes: 360,
        TerminateJobsOnUpdate: false,
      });
      expect(properties['ReplaceComputeEnvironment']).toBe(false);
    }
  });
});

describe('the Batch job queue', () => {
  it('shares the machines among tenants', () => {
    expect(queue['SchedulingPolicyArn']).toBe('<ComputeFairShare.Arn>');
    expect(
      stack.get('AWS::Batch::SchedulingPolicy', 'ComputeFairShare')['FairsharePolicy'],
    ).toMatchObject({ ShareDecaySeconds: 3_600 });
  });

  it('gives up jobs that no machine can ever take', () => {
    expect(queue['JobStateTimeLimitActions']).toEqual(
      [
        ['CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', 14_400],
        ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', 1_800],
        ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', 1_800],
      ].map(([Reason, MaxTimeSeconds]) => ({
        Action: 'CANCEL',
        State: 'RUNNABLE',
        Reason,
        MaxTimeSeconds,
      })),
    );
  });
});

describe('a GPU machine', () => {
  it('gives its credentials to no container', () => {
    expect(machine.MetadataOptions).toEqual({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
    expect(machine.UserData['Fn::Base64']).toContain(
      'iptables --insert OUTPUT --destination 169.254.169.254 --match owner ! --uid-owner 0 --jump REJECT',
    );
  });

  it('has an encrypted disk for image, models and media', () => {
    const [{ DeviceName, Ebs }] = machine.BlockDeviceMappings;
    expect(DeviceName).toBe('/dev/xvda');
    expect(Ebs).toMatchObject({ Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true });
    expect(Ebs.VolumeSize).toBeGreaterThanOrEqual(200);
  });

  it('stops its jobs in time when Spot calls it back', () => {
    const script: string = machine.UserData['Fn::Base64'];
    expect(script).toContain('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true');
    const seconds = Number(/ECS_CONTAINER_STOP_TIMEOUT=(\d+)s/.exec(script)?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(30);
    expect(seconds).toBeLessThan(120);
  });

  it('boots with a script that a shell can read, in the form that AWS Batch merges', () => {
    const parts = /^Content-Type: multipart\/mixed; boundary="([^"]+)"\n/.exec(
      machine.UserData['Fn::Base64'],
    );
    const [, part = ''] = machine.UserData['Fn::Base64'].split(`--${parts?.[1]}`);
    const [header, ...body] = part.trim().split('\n\n');
    expect(header).toBe('Content-Type: text/x-shellscript');
    execFileSync('bash', ['-n'], { input: body.join('\n\n') });
  });

  it('stands in public subnets, without a NAT, and reaches S3 and DynamoDB by gateways', () => {
    expect(stack.ofType('AWS::EC2::NatGateway')).toEqual([]);
    const subnets = stack.ofType('AWS::EC2::Subnet');
    expect(subnets).toHaveLength(3);
    expect(subnets.every(({ properties }) => properties['MapPublicIpOnLaunch'] === true)).toBe(
      true,
    );
    expect(
      stack.ofType('AWS::EC2::VPCEndpoint').map(({ properties }) => properties['ServiceName']),
    ).toEqual(['com.amazonaws.<AWS::Region>.s3', 'com.amazonaws.<AWS::Region>.dynamodb']);
  });
});
