import type { DetectedLanguage } from '../recognizer.ts';
import type { DecoderRun } from './decoder.ts';
import { logSumExp } from './log-softmax.ts';
import type { WhisperVocabulary } from './model-config.ts';

/** Probability of each language, in the order of the vocabulary's language codes. */
export async function languageProbabilities(
  decoder: DecoderRun,
  { startOfTranscript, languages }: Pick<WhisperVocabulary, 'startOfTranscript' | 'languages'>,
): Promise<Float32Array> {
  const logits = (await decoder.prefill([[startOfTranscript]])).at(0, 0);
  const spoken = Float32Array.from(languages.values(), (token) => logits[token]!);
  const norm = logSumExp(spoken);
  return spoken.map((logit) => Math.exp(logit - norm));
}

/** The language of highest mean probability over some windows. */
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
