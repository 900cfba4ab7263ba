import { LOCAL_ACCOUNT, LOCAL_REGION } from '../emulators/account.ts';
import { createResolver } from './intrinsics.ts';
import { createReferences, type StackReferences } from './references.ts';
import type { Synthesis, TemplateResource } from './template.ts';

export type DeployedResource = {
  logicalId: string;
  /** With every intrinsic function resolved. */
  properties: Record<string, unknown>;
  metadata: TemplateResource['Metadata'];
};

/** The template with everything in it resolved to what it is called here. */
export type DeployedStack = {
  readonly references: StackReferences;
  /** Resources of one CloudFormation type. Only these are resolved. */
  ofType(type: string): DeployedResource[];
};

export function resolveStack(
  synthesis: Synthesis,
  queueUrl: (name: string) => string,
): DeployedStack {
  const references = createReferences(synthesis, queueUrl);
  const resolve = createResolver(synthesis.template, references, {
    Region: LOCAL_REGION,
    AccountId: LOCAL_ACCOUNT,
    Partition: 'aws',
    URLSuffix: 'amazonaws.com',
    StackName: synthesis.stackName,
  });
  return {
    references,
    ofType: (type) =>
      Object.entries(synthesis.template.Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([logicalId, resource]) => ({
          logicalId,
          properties: resolve(resource.Properties) as Record<string, unknown>,
          metadata: resource.Metadata,
        })),
  };
}
