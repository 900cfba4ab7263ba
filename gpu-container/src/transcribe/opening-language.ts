import type { AudioWindow, DetectedLanguage, SpeechRecognizer } from './recognizer.ts';

const MAX_WINDOWS = 3;

/** Below this the detected language is a guess. */
export const SURE_PROBABILITY = 0.5;

/**
 * The language of a recording, from its first window; while that leaves doubt,
 * from the mean over up to three.
 *
 * @param windows the first windows of speech, read as needed
 */
export async function detectOpeningLanguage(
  windows: AsyncIterable<AudioWindow>,
  recognizer: Pick<SpeechRecognizer, 'detectLanguage'>,
): Promise<DetectedLanguage | undefined> {
  const heard: AudioWindow[] = [];
  let detected: DetectedLanguage | undefined;
  for await (const window of windows) {
    heard.push(window);
    detected = await recognizer.detectLanguage(heard);
    if (detected.probability >= SURE_PROBABILITY || heard.length === MAX_WINDOWS) {
      break;
    }
  }
  return detected;
}
