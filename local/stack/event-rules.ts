import { z } from 'zod';
import type { DeployedStack } from './deployed-stack.ts';
import { type EventRule, rateMs } from './event-bus.ts';
import type { FindFunction } from './function-resources.ts';

const targetSchema = z.object({
  Arn: z.string(),
  Input: z.unknown().optional(),
  InputPath: z.unknown().optional(),
  InputTransformer: z.unknown().optional(),
});

const ruleSchema = z.object({
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  Targets: z.array(targetSchema).default([]),
});

const scheduleSchema = z.object({
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ScheduleExpression: z.string(),
  Target: targetSchema,
});

/** The template's event rules and schedules, as far as they call functions of ours. */
export function readEventRules(stack: DeployedStack, find: FindFunction): EventRule[] {
  const targetsOf = (logicalId: string, targets: readonly z.output<typeof targetSchema>[]) =>
    targets.flatMap((target) => {
      const deployed = find(target.Arn);
      if (deployed === undefined) {
        return [];
      }
      if ([target.Input, target.InputPath, target.InputTransformer].some(Boolean)) {
        throw new Error(`${logicalId}: a changed input is not emulated`);
      }
      return [deployed.invoke];
    });

  const rules = stack.ofType('AWS::Events::Rule').flatMap(({ logicalId, properties }) => {
    const rule = ruleSchema.parse(properties);
    return rule.State === 'DISABLED'
      ? []
      : [
          {
            arn: stack.references.attribute(logicalId, 'Arn'),
            pattern: rule.EventPattern,
            everyMs:
              rule.ScheduleExpression === undefined ? undefined : rateMs(rule.ScheduleExpression),
            targets: targetsOf(logicalId, rule.Targets),
          },
        ];
  });
  const schedules = stack
    .ofType('AWS::Scheduler::Schedule')
    .flatMap(({ logicalId, properties }) => {
      const schedule = scheduleSchema.parse(properties);
      return schedule.State === 'DISABLED'
        ? []
        : [
            {
              arn: stack.references.attribute(logicalId, 'Arn'),
              pattern: undefined,
              everyMs: rateMs(schedule.ScheduleExpression),
              targets: targetsOf(logicalId, [schedule.Target]),
            },
          ];
    });
  return [...rules, ...schedules];
}
