import { Stack, Validations } from 'aws-cdk-lib';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges that a role's statements name these resources with a wildcard,
 * and why no exact name will do. cdk-nag reports each resource as a finding of
 * its own, so a wildcard that is not listed here is still found.
 */
export function acknowledgeWildcards(
  role: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  const stack = Stack.of(role);
  for (const resource of resources) {
    const finding = flattenCfnReference(stack.resolve(resource));
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
  }
}
