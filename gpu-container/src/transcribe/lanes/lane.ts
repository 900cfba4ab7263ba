import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RecognizerSource } from '../open-recognizer.ts';
import type { AudioWindow, SpeechRecognizer } from '../recognizer.ts';
import type { FromLane, LaneRequest, SentWindow, ToLane } from './messages.ts';
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
  const [opening] = (await once(thread, 'message')) as [FromLane];
  if (!('ready' in opening)) {
    await thread.terminate();
    throw 'failed' in opening
      ? fromSentError(opening.failed)
      : new Error('The lane is out of step');
  }

  const pending = new Map<number, Pending>();
  let calls = 0;
  const failAll = (error: Error) => {
    for (const { reject } of pending.values()) {
      reject(error);
    }
    pending.clear();
  };
  thread.on('message', (message: FromLane) => {
    if (!('id' in message)) {
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) {
      call?.reject(fromSentError(message.error));
    } else {
      call?.resolve(message.value as never);
    }
  });
  thread.on('error', failAll);
  thread.on('exit', (code) =>
    failAll(new Error(`The recogniser's thread ended with code ${code}`)),
  );
  // What waits for the work keeps the process alive, not the thread that may do it.
  thread.unref();

  const post = (message: ToLane) => thread.postMessage(message);
  const call = <Answer>(request: LaneRequest, signal?: AbortSignal): Promise<Answer> => {
    signal?.throwIfAborted();
    const id = calls++;
    const abort = () => post({ abort: id });
    signal?.addEventListener('abort', abort, { once: true });
    return new Promise<Answer>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      thread.ref();
      post({ ...request, id });
    })
      .catch((error) => {
        signal?.throwIfAborted();
        throw error;
      })
      .finally(() => {
        signal?.removeEventListener('abort', abort);
        if (pending.size === 0) {
          thread.unref();
        }
      });
  };

  return {
    ...opening.ready,
    recognize: (windows, { signal, ...options }) =>
      call({ call: 'recognize', windows: windows.map(toSent), options }, signal),
    languageProbabilities: (windows) =>
      call({ call: 'languageProbabilities', windows: windows.map(toSent) }),
    async dispose() {
      await call({ call: 'dispose' });
      await thread.terminate();
    },
  };
}

const keys = new WeakMap<Float32Array, number>();
let nextKey = 0;

function toSent(window: AudioWindow): SentWindow {
  const key = keys.get(window.samples) ?? nextKey++;
  keys.set(window.samples, key);
  return { ...window, key };
}
