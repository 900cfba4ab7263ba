import { type ErrorCode, ReelscribeError } from '#contracts/errors.ts';

/**
 * Does the work of a task. What fails in it without a code of its own fails with that of the task.
 *
 * @throws ReelscribeError what the work throws, or `code`
 * @throws The signal's reason, where it was aborted.
 */
export async function failAs<T>(
  code: ErrorCode,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ReelscribeError
      ? error
      : new ReelscribeError(code, undefined, { cause: error });
  }
}
