import { busy } from './refusal.ts';

/** What is told to come back when a queue is full. */
const RETRY_AFTER_SECONDS = 10;

/** A place in a queue, held from before the input is received until it is disposed of. */
export type QueuePlace = Disposable & {
  /**
   * Does the work when it is its turn. Work that has begun is waited for, even where
   * the signal is aborted: it ends by itself.
   *
   * @throws the signal's reason, where it was aborted while waiting; what the work throws
   */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
};

/** Bounds how much heavy work is done at once, and how much waits for it. */
export type WorkQueue = {
  readonly name: string;
  /** Places that are taken and not at work. */
  waiting(): number;
  /** Places that are at work. */
  active(): number;
  /** @throws Refusal 503 with Retry-After, where all places are taken */
  reserve(): QueuePlace;
};

/**
 * @param options.concurrency how many work at once
 * @param options.maxWaiting how many more may wait, receive their input or answer
 */
export function createWorkQueue(
  name: string,
  { concurrency, maxWaiting }: { concurrency: number; maxWaiting: number },
): WorkQueue {
  const places = concurrency + maxWaiting;
  /** Those whose turn is to come, the next one first. */
  const line: (() => void)[] = [];
  let taken = 0;
  let active = 0;

  const takeTurn = async (signal: AbortSignal): Promise<void> => {
    if (active < concurrency) {
      active += 1;
      return;
    }
    const { promise: turn, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      line.splice(line.indexOf(begin), 1);
      reject(signal.reason);
    };
    const begin = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    line.push(begin);
    signal.addEventListener('abort', leave, { once: true });
    await turn;
  };

  /** Who is next takes over; nobody can come between. */
  const passTurn = (): void => {
    const next = line.shift();
    if (next === undefined) {
      active -= 1;
    } else {
      next();
    }
  };

  return {
    name,
    waiting: () => taken - active,
    active: () => active,
    reserve() {
      if (taken >= places) {
        throw busy(
          `${taken} requests of this kind are being worked on or wait`,
          RETRY_AFTER_SECONDS,
        );
      }
      taken += 1;
      let isHeld = true;
      return {
        async run(signal, work) {
          signal.throwIfAborted();
          await takeTurn(signal);
          try {
            signal.throwIfAborted();
            return await work();
          } finally {
            passTurn();
          }
        },
        [Symbol.dispose]() {
          taken -= Number(isHeld);
          isHeld = false;
        },
      };
    },
  };
}
