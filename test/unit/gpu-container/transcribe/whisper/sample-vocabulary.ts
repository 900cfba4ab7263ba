import type { WhisperVocabulary } from '../../../../../gpu-container/src/transcribe/whisper/model-config.ts';

/** Text is 0…9, special tokens 10…19, timestamps from 20 on: 0.00 s, 0.02 s, … */
export const VOCABULARY: WhisperVocabulary = {
  endOfText: 10,
  startOfTranscript: 11,
  languages: new Map([
    ['en', 12],
    ['de', 13],
  ]),
  tasks: { translate: 14, transcribe: 15 },
  startOfPrevious: 17,
  noSpeech: 18,
  noTimestamps: 19,
  timestampBegin: 20,
  suppressed: [2, 11],
  suppressedFirst: [3, 10],
};

export const VOCABULARY_SIZE = 120;

/** The timestamp token of a time in seconds. */
export function at(seconds: number): number {
  return VOCABULARY.timestampBegin + Math.round(seconds / 0.02);
}
