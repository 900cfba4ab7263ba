import { parentPort, workerData } from 'node:worker_threads';
import { openRecognizer, type RecognizerSource } from '../open-recognizer.ts';
import type { AudioWindow, SpeechRecognizer } from '../recognizer.ts';
import type { FromLane, LaneRequest, SentWindow, ToLane } from './messages.ts';
import { toSentError } from './sent-error.ts';

// One thread of a lane: a recogniser that is called by messages.

const port = parentPort!;
const calls = new Map<number, AbortController>();
/** Samples heard to tell the language, until they are recognised. */
const heard = new Map<number, Float32Array>();

function send(message: FromLane): void {
  port.postMessage(message);
}

/** The same window for the same key, so that the recogniser can reuse what it did before. */
function receive({ key, ...window }: SentWindow): AudioWindow {
  return { ...window, samples: heard.get(key) ?? window.samples };
}

async function answer(recognizer: SpeechRecognizer, request: LaneRequest, signal: AbortSignal) {
  switch (request.call) {
    case 'languageProbabilities':
      for (const { key, samples } of request.windows) {
        heard.set(key, samples);
      }
      return recognizer.languageProbabilities(request.windows.map(receive));
    case 'recognize': {
      const windows = request.windows.map(receive);
      heard.clear();
      return recognizer.recognize(windows, { ...request.options, signal });
    }
    case 'dispose':
      await recognizer.dispose();
      return undefined;
  }
}

try {
  const recognizer = await openRecognizer(workerData as RecognizerSource);
  port.on('message', async (message: ToLane) => {
    if ('abort' in message) {
      calls.get(message.abort)?.abort();
      return;
    }
    const { id } = message;
    const call = new AbortController();
    calls.set(id, call);
    try {
      send({ id, value: await answer(recognizer, message, call.signal) });
    } catch (error) {
      send({ id, error: toSentError(error) });
    } finally {
      calls.delete(id);
    }
  });
  const { modelId, languages, timesWords, windowSamples, batchSize } = recognizer;
  send({ ready: { modelId, languages, timesWords, windowSamples, batchSize } });
} catch (error) {
  send({ failed: toSentError(error) });
}
