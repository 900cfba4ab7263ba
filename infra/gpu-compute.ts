import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  AllocationStrategy,
  type CfnComputeEnvironment,
  EcsMachineImageType,
  FairshareSchedulingPolicy,
  JobQueue,
  JobStateTimeLimitActionsAction,
  JobStateTimeLimitActionsReason,
  JobStateTimeLimitActionsState,
  ManagedEc2EcsComputeEnvironment,
  type ManagedEc2EcsComputeEnvironmentProps,
} from 'aws-cdk-lib/aws-batch';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { createMachineTemplate } from './machine-template.ts';
import { Network } from './network.ts';

/** The longest that one attempt may run; AWS Batch does not retry what it ends for this. */
export const ATTEMPT_TIMEOUT = Duration.hours(6);

/** How long a job may stand at the head of the queue before it is given up, by cause. */
const CAPACITY_LIMIT = Duration.hours(4);
const MISCONFIGURATION_LIMIT = Duration.minutes(30);

/** A tenant's past use counts half after this long when the next job is chosen. */
const SHARE_DECAY = Duration.hours(1);

/** The GPU machines, and the queue from which tenants share them. */
export class GpuCompute extends Construct {
  readonly jobQueue: JobQueue;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const { minvCpus, maxvCpus } = deployment;
    const network = new Network(this, 'Network', deployment.availabilityZones);
    const machineTemplate = createMachineTemplate(this, 'MachineTemplate');
    const machines: ManagedEc2EcsComputeEnvironmentProps = {
      vpc: network.vpc,
      vpcSubnets: { subnets: network.vpc.publicSubnets },
      securityGroups: [network.securityGroup],
      images: [{ imageType: EcsMachineImageType.ECS_AL2023_NVIDIA }],
      instanceTypes: deployment.instanceTypes.map((name) => new InstanceType(name)),
      // `optimal` would add machines that have no GPU.
      useOptimalInstanceClasses: false,
      instanceRole: this.createInstanceRole(),
      launchTemplate: machineTemplate,
      updateToLatestImageVersion: true,
      // A deployment that changes the machines lets the jobs on the old ones end.
      terminateOnUpdate: false,
      updateTimeout: ATTEMPT_TIMEOUT,
    };
    const spot = new ManagedEc2EcsComputeEnvironment(this, 'Spot', {
      ...machines,
      spot: true,
      allocationStrategy: AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED,
      minvCpus,
      maxvCpus,
    });
    const onDemand = new ManagedEc2EcsComputeEnvironment(this, 'OnDemand', {
      ...machines,
      allocationStrategy: AllocationStrategy.BEST_FIT_PROGRESSIVE,
      minvCpus: 0,
      maxvCpus,
    });
    for (const { node } of [spot, onDemand]) {
      // By number: without one, machines keep the template of the day they were first made.
      (node.defaultChild as CfnComputeEnvironment).addPropertyOverride(
        'ComputeResources.LaunchTemplate.Version',
        machineTemplate.latestVersionNumber,
      );
    }
    this.jobQueue = new JobQueue(this, 'JobQueue', {
      computeEnvironments: [
        { computeEnvironment: spot, order: 1 },
        { computeEnvironment: onDemand, order: 2 },
      ],
      // From the first day: a queue that was made without a policy can never get one.
      schedulingPolicy: new FairshareSchedulingPolicy(this, 'FairShare', {
        shareDecay: SHARE_DECAY,
      }),
      jobStateTimeLimitActions: [
        cancelAfter(CAPACITY_LIMIT, JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY),
        cancelAfter(
          MISCONFIGURATION_LIMIT,
          JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
        ),
        cancelAfter(
          MISCONFIGURATION_LIMIT,
          JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
        ),
      ],
    });
  }

  /** The jobs of this account and Region: AWS Batch has no ARN for those of one queue. */
  get jobArns(): string {
    return Stack.of(this).formatArn({ service: 'batch', resource: 'job', resourceName: '*' });
  }

  private createInstanceRole(): Role {
    const role = new Role(this, 'InstanceRole', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEC2ContainerServiceforEC2Role'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]',
      reason:
        'What the ECS agent of a Batch machine must be able to do, as AWS maintains it; jobs cannot reach this role (metadata hop limit and firewall rule).',
    });
    return role;
  }
}

function cancelAfter(maxTime: Duration, reason: JobStateTimeLimitActionsReason) {
  return {
    action: JobStateTimeLimitActionsAction.CANCEL,
    state: JobStateTimeLimitActionsState.RUNNABLE,
    maxTime,
    reason,
  };
}
