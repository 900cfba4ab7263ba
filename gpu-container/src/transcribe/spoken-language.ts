import { ReelscribeError } from '#contracts/errors.ts';
import type { AudioWindow, DetectedLanguage, SpeechRecognizer } from './recognizer.ts';

/** Music or a foreign greeting at the start is outvoted by so many windows. */
export const MAX_DETECTION_WINDOWS = 4;

/** Below this the detected language is a guess. */
export const SURE_PROBABILITY = 0.5;

/** A language code and its probability, null where the language was given. */
export type SpokenLanguage = { readonly code: string; readonly probability: number | null };

/**
 * The language to write: as given, or else by the mean of what the first
 * windows sound like.
 *
 * @throws ReelscribeError NOT_AVAILABLE for a language that the model does not know,
 * TRANSCRIPTION_FAILED when detection fails
 */
export async function spokenLanguage(
  language: string,
  recognizer: Pick<SpeechRecognizer, 'modelId' | 'languages' | 'languageProbabilities'>,
  openingWindows: () => Promise<readonly AudioWindow[]>,
): Promise<SpokenLanguage> {
  if (language !== 'auto') {
    if (!recognizer.languages.includes(language)) {
      throw new ReelscribeError(
        'NOT_AVAILABLE',
        `${recognizer.modelId} does not know the language ${language}`,
      );
    }
    return { code: language, probability: null };
  }
  const windows = await openingWindows();
  if (windows.length === 0) {
    return { code: recognizer.languages[0]!, probability: null };
  }
  try {
    return likeliestLanguage(recognizer.languages, await recognizer.languageProbabilities(windows));
  } catch (cause) {
    throw new ReelscribeError('TRANSCRIPTION_FAILED', 'The language could not be detected', {
      cause,
    });
  }
}

/**
 * The language of highest mean probability over some windows: a window that is
 * sure weighs more than one that guesses.
 *
 * @param windows per window the probability of each of the codes; at least one
 */
export function likeliestLanguage(
  codes: readonly string[],
  windows: readonly Float32Array[],
): DetectedLanguage {
  const means = codes.map((code, index) => ({
    code,
    probability:
      windows.reduce((sum, probabilities) => sum + probabilities[index]!, 0) / windows.length,
  }));
  return means.reduce((best, candidate) =>
    candidate.probability > best.probability ? candidate : best,
  );
}

/** Whether a window is in another language than the one it was written in, and surely so. */
export function isOtherLanguage(
  heard: DetectedLanguage | undefined,
  written: string,
): heard is DetectedLanguage {
  return heard !== undefined && heard.code !== written && heard.probability >= SURE_PROBABILITY;
}
