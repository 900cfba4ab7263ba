import type { WindowResult } from './recognizer.ts';

// openai/whisper's thresholds.
const MAX_COMPRESSION_RATIO = 2.4;
const MIN_AVG_LOGPROB = -1;
const MAX_NO_SPEECH_PROB = 0.6;

type Scores = Pick<WindowResult, 'avgLogprob' | 'noSpeechProb' | 'compressionRatio'>;

/** Whether the text repeats itself so much that nobody can have said it. */
export function isRepetitionLoop({ compressionRatio }: Scores): boolean {
  return compressionRatio > MAX_COMPRESSION_RATIO;
}

/** Whether the model itself hardly believes the text. */
export function isImprobable({ avgLogprob }: Scores): boolean {
  return avgLogprob < MIN_AVG_LOGPROB;
}

/** Whether the text was made up where nobody speaks: both scores have to say so. */
export function isSilence(scores: Scores): boolean {
  return scores.noSpeechProb > MAX_NO_SPEECH_PROB && isImprobable(scores);
}

/** Whether a result may stand; silence may, since nothing makes speech of it. */
export function isAcceptable(scores: Scores): boolean {
  return isSilence(scores) || !(isRepetitionLoop(scores) || isImprobable(scores));
}
