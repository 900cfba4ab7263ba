import { logitFilters } from '../logit-filters.ts';
import type { WhisperDimensions, WhisperVocabulary } from '../model-config.ts';
import { FORBIDDEN } from './token-rules.ts';

/** What is added to the logits of a token, [vocabulary]: 0, or FORBIDDEN. */
export type TokenMasks = {
  /** Of the first token of a text. */
  readonly first: Float32Array;
  /** Of any other; what else the timestamp rules forbid depends on the text. */
  readonly usual: Float32Array;
};

/** The part of the logit filters that does not depend on what is written. */
export function tokenMasks(
  vocabulary: WhisperVocabulary,
  { vocabularySize }: Pick<WhisperDimensions, 'vocabularySize'>,
  timestamps: boolean,
): TokenMasks {
  // All that the filters know of a first token is that nothing is written.
  const first = new Float32Array(vocabularySize);
  logitFilters(vocabulary, timestamps)(first, []);

  const usual = new Float32Array(vocabularySize);
  for (const token of [
    ...vocabulary.suppressed,
    ...(timestamps ? [vocabulary.noTimestamps] : []),
  ]) {
    usual[token] = FORBIDDEN;
  }
  return {
    first: first.map((logit) => (logit === 0 ? 0 : FORBIDDEN)),
    usual,
  };
}
