import type { WhisperVocabulary } from './model-config.ts';

/** When a text has run away. */
export const RUNAWAY = {
  /** Longest piece of text that is taken for a loop when it comes again and again, in tokens. */
  maxPeriod: 16,
  /** So many tokens of nothing else make the whole text compress beyond what anybody says. */
  loopTokens: 64,
} as const;

/**
 * Tells a text that has come to repeat one piece of itself over and over, and
 * would go on to the last position: stopping it there saves the rest of the
 * batch the wait. Timestamps, which go on counting in a loop, are left aside.
 */
export function runawayDetector({
  endOfText,
}: Pick<WhisperVocabulary, 'endOfText'>): (tokens: readonly number[]) => boolean {
  return (tokens) => {
    if (tokens.length < RUNAWAY.loopTokens) {
      return false;
    }
    const text = tokens.filter((token) => token < endOfText).slice(-RUNAWAY.loopTokens);
    return (
      text.length === RUNAWAY.loopTokens &&
      Array.from({ length: RUNAWAY.maxPeriod }, (_, index) => index + 1).some((period) =>
        text.every((token, at) => at < period || token === text[at - period]),
      )
    );
  };
}
