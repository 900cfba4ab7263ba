/** Calls back once, after a time; what it returns calls it off. */
export type Timer = (callback: () => void, milliseconds: number) => () => void;

export type BatcherOptions<Item, Result> = {
  /** One forward pass: a result for each item, in their order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Most items of one pass. */
  maxSize: number;
  /**
   * How many passes run at a time, for a model that has several lanes; default 1.
   * What waits is shared out evenly to them.
   */
  lanes?: number | undefined;
  /**
   * How long an item waits for others; with 0, only those that come in while
   * all lanes are busy share a pass.
   */
  maxWaitMs: number;
  /** Milliseconds from whenever. Default: the process's monotonic clock. */
  now?: () => number;
  /** Default: setTimeout. */
  timer?: Timer;
};

/** Gathers items from concurrent callers to passes of a model. */
export type Batcher<Item, Result> = {
  /**
   * The result of an item. Where its pass fails it rejects with that error, as
   * for the others of that pass, and for no more.
   *
   * @param signal takes the item out of the queue; of a pass that runs already, it only ends the wait
   * @throws the signal's reason; an Error once the batcher is closed
   */
  submit(item: Item, options?: { signal?: AbortSignal | undefined }): Promise<Result>;
  /** Takes no more items, runs those that wait without further delay, and resolves when all are done. */
  close(): Promise<void>;
};

type Waiting<Item, Result> = {
  readonly item: Item;
  readonly dueAtMs: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * A queue in front of a model. A pass starts when `maxSize` items wait, or
 * the oldest has waited for `maxWaitMs`; what comes in meanwhile goes with the next.
 *
 * @throws RangeError for a size or lanes that are no positive integer, or a negative wait
 */
export function createBatcher<Item, Result>({
  run,
  maxSize,
  maxWaitMs,
  lanes = 1,
  now = () => performance.now(),
  timer = setTimer,
}: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  if (!isPositiveInteger(maxSize) || !isPositiveInteger(lanes) || !(maxWaitMs >= 0)) {
    throw new RangeError(
      `Batches of ${maxSize} items within ${maxWaitMs} ms cannot be made for ${lanes} lanes`,
    );
  }
  const queue: Waiting<Item, Result>[] = [];
  let cancelTimer: (() => void) | undefined;
  const running = new Set<Promise<void>>();
  let isClosed = false;

  /** Starts the passes that are due, or sees to it that one starts in time. */
  const advance = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    const [oldest] = queue;
    if (oldest === undefined || running.size === lanes) {
      return;
    }
    const waitMs = oldest.dueAtMs - now();
    if (!isClosed && queue.length < maxSize && waitMs > 0) {
      cancelTimer = timer(advance, waitMs);
      return;
    }
    const share = Math.min(maxSize, Math.ceil(queue.length / lanes));
    while (running.size < lanes && queue.length > 0) {
      const pass = runPass(run, queue.splice(0, share)).then(() => {
        running.delete(pass);
        advance();
      });
      running.add(pass);
    }
  };

  const withdraw = (waiting: Waiting<Item, Result>): void => {
    const index = queue.indexOf(waiting);
    if (index !== -1) {
      queue.splice(index, 1);
      advance();
    }
  };

  return {
    submit: async (item, { signal } = {}) => {
      signal?.throwIfAborted();
      if (isClosed) {
        throw new Error('The batcher is closed');
      }
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const waiting = { item, dueAtMs: now() + maxWaitMs, resolve, reject };
      const onAbort = () => {
        withdraw(waiting);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.push(waiting);
      advance();
      try {
        return await promise;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
    close: async () => {
      isClosed = true;
      advance();
      while (running.size > 0) {
        await Promise.all(running);
      }
    },
  };
}

/** Never rejects: an error goes to those who wait for the pass. */
async function runPass<Item, Result>(
  run: BatcherOptions<Item, Result>['run'],
  batch: readonly Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item));
    if (results.length !== batch.length) {
      throw new RangeError(`A pass over ${batch.length} items gave ${results.length} results`);
    }
    for (const [index, { resolve }] of batch.entries()) {
      resolve(results[index]!);
    }
  } catch (error) {
    for (const { reject } of batch) {
      reject(error);
    }
  }
}

function setTimer(callback: () => void, milliseconds: number): () => void {
  const timeout = setTimeout(callback, milliseconds);
  return () => clearTimeout(timeout);
}

function isPositiveInteger(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
