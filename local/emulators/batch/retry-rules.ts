import type { RetryStrategy } from './job-definition.ts';

/** How an attempt ended, as far as a retry rule can see it. */
export type AttemptOutcome = {
  exitCode?: number | undefined;
  /** Reason of the container, e.g. `CannotPullContainerError: …`. */
  reason?: string | undefined;
  /** Reason of the job, e.g. `Host EC2 (instance i-…) terminated.` */
  statusReason: string;
};

/**
 * What Batch does after a failed attempt that neither timed out nor was
 * terminated. The first rule that matches decides; a rule matches when all its
 * conditions do. Where none matches the job is tried again:
 * https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 *
 * @param attempt The number of the attempt that failed, from 1.
 */
export function decideAfterFailure(
  strategy: RetryStrategy,
  attempt: number,
  outcome: AttemptOutcome,
): 'RETRY' | 'EXIT' {
  if (attempt >= strategy.attempts) {
    return 'EXIT';
  }
  const rule = strategy.evaluateOnExit.find(
    ({ onExitCode, onReason, onStatusReason }) =>
      matches(onExitCode, outcome.exitCode?.toString()) &&
      matches(onReason, outcome.reason) &&
      matches(onStatusReason, outcome.statusReason),
  );
  return rule?.action ?? 'RETRY';
}

/** True where there is no pattern; an absent value is matched by `*` alone. Case does not matter. */
function matches(pattern: string | undefined, value = ''): boolean {
  if (pattern === undefined) {
    return true;
  }
  const [wanted, given] = [pattern.toLowerCase(), value.toLowerCase()];
  return wanted.endsWith('*') ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}
