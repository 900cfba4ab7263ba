import { z } from 'zod';

/** At most this many attempts are made, whatever the strategy says. */
const MAX_ATTEMPTS = 10;

/** Batch itself refuses less. */
const MIN_TIMEOUT_SECONDS = 60;

/** A word, with a trailing `*` for any ending: all that Batch lets a rule match on. */
const globSchema = z
  .string()
  .max(512)
  .regex(/^[^*]*\*?$/, 'an asterisk is allowed only at the end');

const evaluateOnExitSchema = z.object({
  onExitCode: globSchema.optional(),
  onReason: globSchema.optional(),
  onStatusReason: globSchema.optional(),
  action: z.string().transform((action, context) => {
    const upper = action.toUpperCase();
    if (upper === 'RETRY' || upper === 'EXIT') {
      return upper;
    }
    context.addIssue('must be RETRY or EXIT');
    return z.NEVER;
  }),
});

export const retryStrategySchema = z.object({
  attempts: z.coerce.number().int().min(1).max(MAX_ATTEMPTS).default(1),
  evaluateOnExit: z.array(evaluateOnExitSchema).max(5).default([]),
});

export type RetryStrategy = z.output<typeof retryStrategySchema>;

export const timeoutSchema = z.object({
  attemptDurationSeconds: z.coerce.number().int().min(MIN_TIMEOUT_SECONDS).optional(),
});

export const environmentSchema = z.array(
  z.object({ name: z.string().min(1), value: z.coerce.string().default('') }),
);

export const parametersSchema = z.record(z.string(), z.string());

/** What of a container job definition decides how its job runs, in the words of the Batch API. */
export const jobDefinitionSchema = z.object({
  name: z.string().min(1),
  revision: z.int().positive().default(1),
  parameters: parametersSchema.default({}),
  container: z.object({
    image: z.string(),
    command: z.array(z.string()).default([]),
    environment: environmentSchema.default([]),
    resourceRequirements: z
      .array(z.object({ type: z.string(), value: z.coerce.string() }))
      .default([]),
  }),
  retryStrategy: retryStrategySchema.default({ attempts: 1, evaluateOnExit: [] }),
  timeout: timeoutSchema.default({}),
  schedulingPriority: z.coerce.number().int().default(0),
});

export type JobDefinition = z.output<typeof jobDefinitionSchema>;

export type JobDefinitionInput = z.input<typeof jobDefinitionSchema>;

/** A queue with a scheduling policy shares its capacity fairly and then wants to know whose job it is. */
export type JobQueue = { name: string; fairShare: boolean };

/** Replaces `Ref::name` words by parameters; a word without a parameter stays as it is, as in Batch. */
export function substituteParameters(
  command: readonly string[],
  parameters: Readonly<Record<string, string>>,
): string[] {
  return command.map((word) => {
    const name = /^Ref::(.+)$/.exec(word)?.[1];
    return name === undefined ? word : (parameters[name] ?? word);
  });
}
