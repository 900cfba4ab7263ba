import { openThread } from '../../thread/called-thread.ts';
import type { RecognizerSource } from '../open-recognizer.ts';
import type { AudioWindow, SpeechRecognizer } from '../recognizer.ts';
import type { LaneRequest, RecognizerFacts, SentWindow } from './messages.ts';

/**
 * Opens a recogniser in a thread of its own: onnxruntime blocks the thread that
 * calls it, and what else the process has to do goes on beside.
 *
 * @throws ReelscribeError as the recogniser does when it opens
 */
export async function openLane(source: RecognizerSource): Promise<SpeechRecognizer> {
  const thread = await openThread<RecognizerFacts, LaneRequest>(
    new URL('./lane-thread.ts', import.meta.url),
    source,
    'The recogniser',
  );
  return {
    ...thread.facts,
    recognize: (windows, { signal, ...options }) =>
      thread.call({ call: 'recognize', windows: windows.map(toSent), options }, { signal }),
    languageProbabilities: (windows) =>
      thread.call({ call: 'languageProbabilities', windows: windows.map(toSent) }),
    dispose: () => thread.close({ call: 'dispose' }),
  };
}

const keys = new WeakMap<Float32Array, number>();
let nextKey = 0;

function toSent(window: AudioWindow): SentWindow {
  const key = keys.get(window.samples) ?? nextKey++;
  keys.set(window.samples, key);
  return { ...window, key };
}
