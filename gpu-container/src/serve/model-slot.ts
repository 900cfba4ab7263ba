import { toFailure } from '#contracts/errors.ts';
import type { Logger } from '../log/logger.ts';
import { busy } from './refusal.ts';

export type SlotState = 'loading' | 'loaded' | 'failed';

/** A model that the service keeps loaded, or is about to. */
export type ModelSlot<T> = AsyncDisposable & {
  readonly name: string;
  state(): SlotState;
  /**
   * The loaded model. Where it could not be had, loading is tried again by the
   * first who asks after a while; until then all are told why.
   *
   * @throws what loading throws; Refusal 503 where it takes longer than may be waited for;
   *   the signal's reason, where it was aborted
   */
  get(signal: AbortSignal): Promise<T>;
};

export type ModelSlotOptions<T> = {
  name: string;
  open: () => Promise<T>;
  close: (model: T) => Promise<unknown>;
  /** How long a request waits for it. */
  waitSeconds: number;
  /** From a failure until it is tried again. */
  retrySeconds: number;
  onLoaded: (seconds: number) => void;
  log: Pick<Logger, 'info' | 'error'>;
  /** Milliseconds from whenever. Default: the process's monotonic clock. */
  now?: () => number;
};

/** Begins to load a model in the background. */
export function openModelSlot<T>(options: ModelSlotOptions<T>): ModelSlot<T> {
  const { name, waitSeconds, retrySeconds, log, now = () => performance.now() } = options;
  let state: SlotState = 'loading';
  let failedAt = 0;
  let loading = load();

  function load(): Promise<T> {
    const start = now();
    state = 'loading';
    const opening = options.open().then(
      (model) => {
        state = 'loaded';
        const seconds = (now() - start) / 1000;
        options.onLoaded(seconds);
        log.info({ model: name, seconds }, 'model loaded');
        return model;
      },
      (err) => {
        state = 'failed';
        failedAt = now();
        log.error({ err, code: toFailure(err).code, model: name }, 'model could not be loaded');
        throw err;
      },
    );
    // It is told to those who ask for the model.
    opening.catch(() => {});
    return opening;
  }

  return {
    name,
    state: () => state,
    async get(signal) {
      signal.throwIfAborted();
      if (state === 'failed' && now() - failedAt >= retrySeconds * 1000) {
        loading = load();
      }
      return await within(loading, waitSeconds, signal, () =>
        busy(`the model ${name} is still being loaded`, retrySeconds),
      );
    },
    async [Symbol.asyncDispose]() {
      // What is still being loaded is left to the end of the process: a download may take minutes.
      if (state === 'loaded') {
        await options.close(await loading);
      }
    },
  };
}

/** Waits for a promise, but no longer than so many seconds, and not once the signal is aborted. */
async function within<T>(
  promise: Promise<T>,
  seconds: number,
  signal: AbortSignal,
  tooLate: () => Error,
): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooLate()), seconds * 1000);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
