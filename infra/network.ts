import { Fn, Validations } from 'aws-cdk-lib';
import { GatewayVpcEndpointAwsService, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/**
 * Where the GPU machines stand: public subnets that nothing can connect into.
 * Media and webhooks live on the public internet, and a NAT gateway per zone
 * would cost more than idle machines do.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, availabilityZones: number) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      // By number, so that the template fits every account and is made without asking one.
      availabilityZones: Array.from({ length: availabilityZones }, (_, index) =>
        Fn.select(index, Fn.getAzs()),
      ),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing can connect in, and what goes out is media download and AWS calls, which job records and CloudTrail tell more of than flow logs would.',
    });
    this.securityGroup = new SecurityGroup(this, 'NoInbound', {
      vpc: this.vpc,
      description: 'GPU machines: nothing in, everything out',
    });
  }
}
