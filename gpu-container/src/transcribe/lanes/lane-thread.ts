import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../thread/answer-calls.ts';
import { openRecognizer, type RecognizerSource } from '../open-recognizer.ts';
import type { AudioWindow, SpeechRecognizer } from '../recognizer.ts';
import type { LaneRequest, RecognizerFacts, SentWindow } from './messages.ts';

// One thread of a lane: a recogniser that is called by messages.

/** Samples heard to tell the language, until they are recognised. */
const heard = new Map<number, Float32Array>();

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

await answerCalls<RecognizerFacts, LaneRequest>(async () => {
  const recognizer = await openRecognizer(workerData as RecognizerSource);
  const { modelId, languages, timesWords, windowSamples, batchSize } = recognizer;
  return {
    facts: { modelId, languages, timesWords, windowSamples, batchSize },
    answer: (request, { signal }) => answer(recognizer, request, signal),
  };
});
