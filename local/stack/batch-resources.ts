import { z } from 'zod';
import type { JobDefinitionInput, JobQueue } from '../emulators/batch/job-definition.ts';

const nameValueSchema = z
  .object({ Name: z.string(), Value: z.string() })
  .transform(({ Name, Value }) => ({ name: Name, value: Value }));

/** A container job definition in CloudFormation's words. */
const jobDefinitionSchema = z.object({
  Type: z.literal('container'),
  Parameters: z.record(z.string(), z.string()).optional(),
  ContainerProperties: z.object({
    Image: z.string(),
    Command: z.array(z.string()).default([]),
    Environment: z.array(nameValueSchema).default([]),
    ResourceRequirements: z.array(z.object({ Type: z.string(), Value: z.string() })).default([]),
  }),
  RetryStrategy: z
    .object({
      Attempts: z.number().optional(),
      EvaluateOnExit: z
        .array(
          z.object({
            Action: z.string(),
            OnExitCode: z.string().optional(),
            OnReason: z.string().optional(),
            OnStatusReason: z.string().optional(),
          }),
        )
        .default([]),
    })
    .default({ EvaluateOnExit: [] }),
  Timeout: z.object({ AttemptDurationSeconds: z.number().optional() }).default({}),
  SchedulingPriority: z.number().optional(),
});

const jobQueueSchema = z.object({ SchedulingPolicyArn: z.string().optional() });

/** A template's job definition, in the words of the Batch API. */
export function readJobDefinition(name: string, properties: unknown): JobDefinitionInput {
  const { ContainerProperties, RetryStrategy, ...definition } =
    jobDefinitionSchema.parse(properties);
  return {
    name,
    parameters: definition.Parameters,
    container: {
      image: ContainerProperties.Image,
      command: ContainerProperties.Command,
      environment: ContainerProperties.Environment,
      resourceRequirements: ContainerProperties.ResourceRequirements.map(({ Type, Value }) => ({
        type: Type,
        value: Value,
      })),
    },
    retryStrategy: {
      attempts: RetryStrategy.Attempts,
      evaluateOnExit: RetryStrategy.EvaluateOnExit.map((rule) => ({
        action: rule.Action,
        onExitCode: rule.OnExitCode,
        onReason: rule.OnReason,
        onStatusReason: rule.OnStatusReason,
      })),
    },
    timeout: { attemptDurationSeconds: definition.Timeout.AttemptDurationSeconds },
    schedulingPriority: definition.SchedulingPriority,
  };
}

export function readJobQueue(name: string, properties: unknown): JobQueue {
  return { name, fairShare: jobQueueSchema.parse(properties).SchedulingPolicyArn !== undefined };
}
