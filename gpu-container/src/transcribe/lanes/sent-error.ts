import { ReelscribeError } from '#contracts/errors.ts';
import type { SentError } from './messages.ts';

/** An error as a message between threads, which keeps no class. */
export function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { message: String(error) };
  }
  return {
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error instanceof ReelscribeError && { code: error.code }),
  };
}

/** The error again, with the stack of the thread it was thrown in. */
export function fromSentError({ message, stack, code }: SentError): Error {
  const error = code === undefined ? new Error(message) : new ReelscribeError(code, message);
  if (stack !== undefined) {
    error.stack = stack;
  }
  return error;
}
