import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * One permission, as the role needs it. The grant methods of CDK's constructs
 * give whole families of actions; here each action is written where it is used.
 */
export function allow(
  actions: string[],
  resources: string[],
  conditions: Record<string, Record<string, string | string[]>> = {},
): PolicyStatement {
  return new PolicyStatement({ actions, resources, conditions });
}
