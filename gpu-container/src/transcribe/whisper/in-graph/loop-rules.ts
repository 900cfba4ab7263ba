import type { WhisperDimensions, WhisperVocabulary } from '../model-config.ts';
import type { RUNAWAY } from '../runaway.ts';

/** What the loop goes by, built into its graph. */
export type LoopRules = Pick<WhisperVocabulary, 'endOfText' | 'timestampBegin'> &
  Pick<WhisperDimensions, 'vocabularySize'> & {
    /** When a text has run away. */
    readonly runaway: typeof RUNAWAY;
  };
