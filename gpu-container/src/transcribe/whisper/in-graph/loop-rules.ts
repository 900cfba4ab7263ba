import type { WhisperDimensions, WhisperVocabulary } from '../model-config.ts';

/** What the loop goes by, built into its graph. */
export type LoopRules = Pick<WhisperVocabulary, 'endOfText' | 'timestampBegin'> &
  Pick<WhisperDimensions, 'vocabularySize'> & {
    /** When a text has run away (runaway.ts). */
    readonly runaway: {
      /** Longest piece of text that is taken for a loop when it comes again and again, in tokens. */
      readonly maxPeriod: number;
      /** So many tokens of nothing else end a row. */
      readonly loopTokens: number;
    };
  };
