import { type ErrorCode, ReelscribeError } from '#contracts/errors.ts';

/** An error as it crosses between threads; the code is there where it was one of ours. */
export type SentError = {
  readonly message: string;
  readonly stack?: string;
  readonly code?: ErrorCode;
};

/** An error as a message between threads, which keeps no class. */
export function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { message: String(error) };
  }
  const stack = stackOf(error);
  return {
    message: error.message,
    ...(stack !== undefined && { stack }),
    ...(error instanceof ReelscribeError && { code: error.code }),
  };
}

/** With the stacks of its causes: a log has to tell why, and no cause crosses by itself. */
function stackOf({ stack, cause }: Error): string | undefined {
  return cause instanceof Error ? `${stack}\ncaused by: ${stackOf(cause)}` : stack;
}

/** The error again, with the stack of the thread it was thrown in. */
export function fromSentError({ message, stack, code }: SentError): Error {
  const error = code === undefined ? new Error(message) : new ReelscribeError(code, message);
  if (stack !== undefined) {
    error.stack = stack;
  }
  return error;
}
