import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RecognizerSource } from '../open-recognizer.ts';
import type { AudioWindow, SpeechRecognizer } from '../recognizer.ts';
import type { FromLane, LaneRequest, RecognizerFacts, SentWindow, ToLane } from './messages.ts';
import { fromSentError } from './sent-error.ts';

type Pending = { resolve: (value: never) => void; reject: (error: Error) => void };

/**
 * Opens a recogniser in a thread of its own: onnxruntime blocks the thread that
 * calls it, and what else the process has to do goes on beside.
 *
 * @throws ReelscribeError as the recogniser does when it opens
 */
export async function openLane(source: RecognizerSource): Promise<SpeechRecognizer> {
  const thread = new Worker(new URL('./lane-thread.ts', import.meta.url), { workerData: source });
  // A message to a thread that has ended would wait for its answer for ever.
  const end = new AbortController();
  thread.on('error', (error) => end.abort(error));
  thread.on('exit', (code) =>
    end.abort(new Error(`The recogniser's thread ended with code ${code}`)),
  );

  const ready = await opened(thread, end.signal);
  const pending = new Map<number, Pending>();
  let calls = 0;
  thread.on('message', (message: FromLane) => {
    if (!('id' in message)) {
      return;
    }
    const call = pending.get(message.id);
    if ('error' in message) {
      call?.reject(fromSentError(message.error));
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

  const post = (message: ToLane) => thread.postMessage(message);
  const call = async <Answer>(request: LaneRequest, signal?: AbortSignal): Promise<Answer> => {
    signal?.throwIfAborted();
    end.signal.throwIfAborted();
    const id = calls++;
    const abort = () => post({ abort: id });
    signal?.addEventListener('abort', abort, { once: true });
    thread.ref();
    try {
      return await new Promise<Answer>((resolve, reject) => {
        pending.set(id, { resolve, reject });
        post({ ...request, id });
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
    ...ready,
    recognize: (windows, { signal, ...options }) =>
      call({ call: 'recognize', windows: windows.map(toSent), options }, signal),
    languageProbabilities: (windows) =>
      call({ call: 'languageProbabilities', windows: windows.map(toSent) }),
    async dispose() {
      try {
        if (!end.signal.aborted) {
          await call({ call: 'dispose' });
        }
      } finally {
        await thread.terminate();
      }
    },
  };
}

/** Waits until the recogniser is open, or throws why it is not. */
async function opened(thread: Worker, end: AbortSignal): Promise<RecognizerFacts> {
  const [opening] = (await once(thread, 'message', { signal: end }).catch((error) => {
    end.throwIfAborted();
    throw error;
  })) as [FromLane];
  if ('ready' in opening) {
    return opening.ready;
  }
  await thread.terminate();
  throw 'failed' in opening ? fromSentError(opening.failed) : new Error('The lane is out of step');
}

const keys = new WeakMap<Float32Array, number>();
let nextKey = 0;

function toSent(window: AudioWindow): SentWindow {
  const key = keys.get(window.samples) ?? nextKey++;
  keys.set(window.samples, key);
  return { ...window, key };
}
