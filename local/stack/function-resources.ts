import { join } from 'node:path';
import { z } from 'zod';
import type { DeployedResource, DeployedStack } from './deployed-stack.ts';
import { createFunction, type LambdaFunction } from './functions.ts';
import { PROJECT_DIR } from './template.ts';

/** With bundling off, the only place in the template that tells where a function's code is. */
const FOLDER_METADATA = 'reelscribe:folder';

const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_SQS_BATCH_SIZE = 10;
/** Pollers that Lambda begins with are five; two are enough for one laptop. */
const POLLERS_PER_QUEUE = 2;

const functionSchema = z.object({
  Timeout: z.number().default(DEFAULT_TIMEOUT_SECONDS),
  Environment: z
    .object({ Variables: z.record(z.string(), z.coerce.string()).default({}) })
    .default({ Variables: {} }),
});

const eventSourceMappingSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().default(DEFAULT_SQS_BATCH_SIZE),
  FunctionResponseTypes: z.array(z.string()).default([]),
  Enabled: z.boolean().default(true),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional(),
});

export type DeployedFunction = LambdaFunction & {
  functionName: string;
  arn: string;
  environment: Readonly<Record<string, string>>;
};

export type FunctionHost = {
  /** Set on top of what the template sets. */
  environment: Readonly<Record<string, string>>;
  /** Processes of a function, by the name of its folder in lambdas/. */
  processes: Readonly<Record<string, number>>;
  onLine: (functionName: string, line: string) => void;
};

/** Every function of ours in the template; those that the CDK adds for itself are left out. */
export function deployFunctions(stack: DeployedStack, host: FunctionHost): DeployedFunction[] {
  return stack.ofType('AWS::Lambda::Function').flatMap((resource) => {
    const folder = lambdaFolder(resource);
    if (folder === undefined) {
      return [];
    }
    const { Timeout, Environment } = functionSchema.parse(resource.properties);
    const functionName = stack.references.name(resource.logicalId);
    const deployed = createFunction({
      name: folder,
      entry: join(PROJECT_DIR, 'lambdas', folder, 'handler.ts'),
      environment: {
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        ...Environment.Variables,
        ...host.environment,
      },
      timeoutMs: Timeout * 1_000,
      processes: host.processes[folder] ?? 1,
      onLine: (line) => host.onLine(folder, line),
    });
    return [
      {
        ...deployed,
        functionName,
        arn: stack.references.attribute(resource.logicalId, 'Arn'),
        environment: Environment.Variables,
      },
    ];
  });
}

/** The folder of lambdas/ that a function is made from; the CDK's own functions have none. */
function lambdaFolder({ metadata }: DeployedResource): string | undefined {
  return z.string().optional().parse(metadata?.[FOLDER_METADATA]);
}

/** Finds a function of ours by its name or its ARN, both of which templates use. */
export type FindFunction = (nameOrArn: string) => DeployedFunction | undefined;

export function createFunctionFinder(functions: readonly DeployedFunction[]): FindFunction {
  return (nameOrArn) =>
    functions.find(({ functionName, arn }) => functionName === nameOrArn || arn === nameOrArn);
}

export type EventSource = {
  queueArn: string;
  /** Name or ARN. */
  functionName: string;
  batchSize: number;
  reportsItemFailures: boolean;
  concurrency: number;
};

/** The event source mappings that are switched on. */
export function readEventSources(stack: DeployedStack): EventSource[] {
  return stack.ofType('AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
    const mapping = eventSourceMappingSchema.parse(properties);
    return mapping.Enabled
      ? [
          {
            queueArn: mapping.EventSourceArn,
            functionName: mapping.FunctionName,
            batchSize: mapping.BatchSize,
            reportsItemFailures: mapping.FunctionResponseTypes.includes('ReportBatchItemFailures'),
            concurrency: Math.min(
              mapping.ScalingConfig?.MaximumConcurrency ?? POLLERS_PER_QUEUE,
              POLLERS_PER_QUEUE,
            ),
          },
        ]
      : [];
  });
}
