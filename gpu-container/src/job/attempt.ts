import { toFailure } from '#contracts/errors.ts';
import { MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import type { TaskOutcomes } from '#contracts/job-result.ts';
import type { JobContext } from './job-context.ts';

type TaskOutcome = NonNullable<TaskOutcomes[keyof TaskOutcomes]>;

/** How a task of a job ended, with what it made or what it threw. */
export type Attempt<T> =
  | { outcome: TaskOutcome & { status: 'SUCCEEDED' }; result: T; error?: never }
  | { outcome: TaskOutcome & { status: 'FAILED' }; result?: never; error: unknown };

/**
 * Performs a task. One that is not required may fail without failing the job.
 *
 * @throws What the task throws, where that fails the job or may pass by another attempt.
 */
export async function attempt<T>(
  { required }: { required: boolean },
  { deps: { log, environment }, signal }: JobContext,
  perform: () => Promise<T>,
): Promise<Attempt<T>> {
  const start = performance.now();
  try {
    const result = await perform();
    const wallSeconds = (performance.now() - start) / 1000;
    return { outcome: { status: 'SUCCEEDED', wallSeconds }, result };
  } catch (error) {
    const failure = toFailure(error);
    const mayPass = failure.retryable && environment.AWS_BATCH_JOB_ATTEMPT < MAX_ATTEMPTS;
    if (required || mayPass || signal.aborted) {
      throw error;
    }
    log.warn({ err: error, code: failure.code }, 'a task that is not required failed');
    return { outcome: { status: 'FAILED', failure }, error };
  }
}
