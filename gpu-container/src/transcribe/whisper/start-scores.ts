import { logSumExp } from './log-softmax.ts';
import type { WhisperVocabulary } from './model-config.ts';

/** What the first pass over a window tells before anything is written. */
export type StartScores = {
  /** Probability that nobody speaks. */
  readonly noSpeechProb: number;
  /** Probability of each language, in the order of the vocabulary's codes; empty in English-only models. */
  readonly languageProbs: Float32Array;
};

/**
 * Reads the scores from the logits that follow <|startoftranscript|>, before any
 * filter. Attention looks back only: the language and task that stand after it in
 * the prompt change nothing in them.
 */
export function startScores(
  logits: Float32Array,
  { noSpeech, languages }: Pick<WhisperVocabulary, 'noSpeech' | 'languages'>,
): StartScores {
  const spoken = Float32Array.from(languages.values(), (token) => logits[token]!);
  const norm = logSumExp(spoken);
  return {
    noSpeechProb: Math.exp(logits[noSpeech]! - logSumExp(logits)),
    languageProbs: spoken.map((logit) => Math.exp(logit - norm)),
  };
}
