import { once } from 'node:events';
import { type Transferable, Worker } from 'node:worker_threads';
import type { FromThread, ToThread } from './messages.ts';
import { fromSentError } from './sent-error.ts';

export type CallOptions = {
  /** Ends the wait with its reason, once the thread has stopped. */
  signal?: AbortSignal | undefined;
  /** What of the request moves to the thread, rather than being copied. */
  transfer?: readonly Transferable[];
  /** Gets what the thread tells before it answers. */
  onNews?: ((news: never) => void) | undefined;
};

/** A thread that answers calls. It keeps the process alive only while it has some to answer. */
export type CalledThread<Facts, Request> = {
  /** What the thread said of itself when it was ready. */
  readonly facts: Facts;
  /** Aborted when the thread ends, with the reason. */
  readonly end: AbortSignal;
  /**
   * @throws what the thread throws, an error of ours with its code
   * @throws the signal's reason; an Error where the thread has ended
   */
  call<Answer>(request: Request, options?: CallOptions): Promise<Answer>;
  /** Ends the thread after a last call; where it has ended already there is none. */
  close(farewell: Request): Promise<void>;
};

type Pending = {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onNews: CallOptions['onNews'];
};

/**
 * Starts a thread that answers calls, and waits until it is ready.
 *
 * @param file a module that does `answerCalls`
 * @param workerData what it opens
 * @param does what the thread is, as its errors name it
 * @throws what its opening throws
 */
export async function openThread<Facts, Request>(
  file: URL,
  workerData: unknown,
  does: string,
): Promise<CalledThread<Facts, Request>> {
  const thread = new Worker(file, { workerData });
  // A message to a thread that has ended would wait for its answer for ever.
  const end = new AbortController();
  thread.on('error', (error) => end.abort(error));
  thread.on('exit', (code) => end.abort(new Error(`${does}'s thread ended with code ${code}`)));

  const facts = await opened<Facts>(thread, end.signal);
  const pending = new Map<number, Pending>();
  let calls = 0;
  thread.on('message', (message: FromThread<Facts>) => {
    if (!('id' in message)) {
      return;
    }
    const call = pending.get(message.id);
    if ('error' in message) {
      call?.reject(fromSentError(message.error));
    } else if ('news' in message) {
      call?.onNews?.(message.news as never);
    } else {
      call?.resolve(message.value as never);
    }
  });
  end.signal.addEventListener('abort', () => {
    for (const { reject } of pending.values()) {
      reject(end.signal.reason);
    }
  });
  // What waits for the work keeps the process alive, not the thread that may do it.
  thread.unref();

  const post = (message: ToThread<Request>, transfer: readonly Transferable[] = []) =>
    thread.postMessage(message, transfer);
  const call = async <Answer>(
    request: Request,
    { signal, transfer, onNews }: CallOptions = {},
  ): Promise<Answer> => {
    signal?.throwIfAborted();
    end.signal.throwIfAborted();
    const id = calls++;
    const abort = () => post({ abort: id });
    signal?.addEventListener('abort', abort, { once: true });
    thread.ref();
    try {
      return await new Promise<Answer>((resolve, reject) => {
        pending.set(id, { resolve, reject, onNews });
        post({ id, request }, transfer);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      pending.delete(id);
      signal?.removeEventListener('abort', abort);
      if (pending.size === 0) {
        thread.unref();
      }
    }
  };

  return {
    facts,
    end: end.signal,
    call,
    close: async (farewell) => {
      try {
        if (!end.signal.aborted) {
          await call(farewell);
        }
      } finally {
        await thread.terminate();
      }
    },
  };
}

/** Waits until the thread is ready, or throws why it is not. */
async function opened<Facts>(thread: Worker, end: AbortSignal): Promise<Facts> {
  const [opening] = (await once(thread, 'message', { signal: end }).catch((error) => {
    end.throwIfAborted();
    throw error;
  })) as [FromThread<Facts>];
  if ('ready' in opening) {
    return opening.ready;
  }
  await thread.terminate();
  throw 'failed' in opening
    ? fromSentError(opening.failed)
    : new Error('The thread is out of step');
}
