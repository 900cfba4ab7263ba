import { Refusal } from './refusal.ts';

/** Keeps count of the requests that are in flight, and ends them in good order. */
export type Drain = {
  isDraining(): boolean;
  inFlight(): number;
  /** Aborted when those that are still in flight must end; its reason is what they answer. */
  readonly signal: AbortSignal;
  /** Counts a request until it is disposed of. */
  enter(): Disposable;
  /** @throws Refusal 503, once draining has begun */
  refuseNewWork(): void;
  /**
   * Takes no new work, and resolves when nothing is in flight: what is gets some
   * time to finish, and is aborted then.
   */
  finish(graceSeconds: number): Promise<void>;
  /** Aborts what is in flight, at once. */
  cutShort(): void;
};

export function createDrain(): Drain {
  const cut = new AbortController();
  let isDraining = false;
  let count = 0;
  let onIdle: (() => void) | undefined;

  const cutShort = () =>
    cut.abort(
      new Refusal('INTERRUPTED', {
        status: 503,
        message: 'the service was stopped before the request was done',
        hint: 'Send the request again.',
      }),
    );

  return {
    isDraining: () => isDraining,
    inFlight: () => count,
    signal: cut.signal,
    enter() {
      count += 1;
      let isIn = true;
      return {
        [Symbol.dispose]() {
          count -= Number(isIn);
          isIn = false;
          if (count === 0) {
            onIdle?.();
          }
        },
      };
    },
    refuseNewWork() {
      if (isDraining) {
        throw new Refusal('SERVICE_UNAVAILABLE', {
          message: 'the service is being stopped and takes no new work',
          hint: 'Send the request to another instance, or again when it is back.',
          headers: { connection: 'close', 'retry-after': '10' },
        });
      }
    },
    async finish(graceSeconds) {
      isDraining = true;
      const { promise: idle, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      if (count === 0) {
        return;
      }
      const timer = setTimeout(cutShort, graceSeconds * 1000);
      await idle;
      clearTimeout(timer);
    },
    cutShort,
  };
}
