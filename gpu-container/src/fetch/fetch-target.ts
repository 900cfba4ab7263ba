import type { Options as RetryOptions } from 'p-retry';
import { ReelscribeError } from '#contracts/errors.ts';

export type FetchProgress = { bytesDone: number; bytesTotal: number | null };

/** Where the bytes go and what bounds them, whatever kind of input they come from. */
export type FetchTarget = {
  path: string;
  maxBytes: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: FetchProgress) => void) | undefined;
};

/** How often a transient failure is tried again; each wait is twice the one before. */
export type FetchRetry = { retries: number; firstWaitMs: number };

const DEFAULT_RETRY: FetchRetry = { retries: 5, firstWaitMs: 1_000 };

/** For p-retry: only what a second try may mend is tried again. */
export function transientOnly(
  signal: AbortSignal | undefined,
  { retries, firstWaitMs }: FetchRetry = DEFAULT_RETRY,
): RetryOptions {
  return {
    retries,
    minTimeout: firstWaitMs,
    shouldRetry: ({ error }) => error instanceof ReelscribeError && error.retryable,
    ...(signal && { signal }),
  };
}

/** The limit, in the words of the caller's error. */
export function tooLarge(bytes: number, maxBytes: number): ReelscribeError {
  return new ReelscribeError(
    'INPUT_TOO_LARGE',
    `the input has at least ${bytes} bytes and the limit is ${maxBytes}`,
  );
}
