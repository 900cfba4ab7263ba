import type { RecognizedSegment, RecognizedWord } from '../transcribe/recognizer.ts';
import { attentionScores, type CrossAttention } from './attention-scores.ts';
import { warpRows } from './dynamic-time-warping.ts';
import { leavePauses, type Pause } from './pauses.ts';
import { mergePunctuation } from './punctuation.ts';
import { shortenAtSegmentEdges, shortenAtSentenceEnds, wordDurations } from './word-durations.ts';
import type { TokenWord } from './word-grouping.ts';

/** An encoder position, which is what the decoder listens to, spans two feature frames. */
export const ENCODER_POSITION_SECONDS = 0.02;

/** A segment and the words its text is cut into. */
export type UntimedSegment = Pick<RecognizedSegment, 'start' | 'end' | 'text'> & {
  readonly words: readonly TokenWord[];
};

/** What one pass over the text of a window tells. */
export type WindowPass = {
  readonly attention: CrossAttention;
  /** Position whose output is the first text token. */
  readonly textFrom: number;
  /** Probability of each text token. */
  readonly probabilities: readonly number[];
};

/**
 * Times the words of a window by dynamic time warping over cross-attention, the
 * method of openai/whisper's timing.py: the path through "which token listens
 * where" gives each token a start, and rules of thumb take the pauses out of the
 * words around them.
 *
 * @param segments all of the window that the pass went over, in order
 * @param audioFrames encoder positions that hold audio; the window's padding has none
 * @param pauses of the window; words are kept out of them, which openai/whisper can only guess at
 * @param latest no word ends after it; what follows is heard again. Seconds
 */
export function alignWords(
  segments: readonly UntimedSegment[],
  { attention, textFrom, probabilities }: WindowPass,
  audioFrames: number,
  pauses: readonly Pause[],
  latest: number,
): RecognizedSegment[] {
  // One row more than there are tokens: the end of text begins where the last word ends.
  const rows = probabilities.length + 1;
  const part = { frames: audioFrames, from: textFrom, to: textFrom + rows };
  const onsets = warpRows(attentionScores(attention, part), rows, audioFrames);
  const onset = (token: number) => Math.min(latest, onsets[token]! * ENCODER_POSITION_SECONDS);

  let token = 0;
  const timeWord = ({ text, tokens }: TokenWord): RecognizedWord => {
    const from = token;
    token += tokens.length;
    return {
      text,
      start: onset(from),
      end: onset(token),
      probability: mean(probabilities.slice(from, token)),
    };
  };
  const timed = leavePauses(
    segments.flatMap(({ words }) => words.map(timeWord)),
    pauses,
  );
  const durations = wordDurations(timed);
  const shortened = shortenAtSentenceEnds(timed, durations);

  let next = 0;
  let spokenUntil = 0;
  return segments.map((segment) => {
    const own = shortened.slice(next, next + segment.words.length);
    next += segment.words.length;
    const words = spacedAsText(
      shortenAtSegmentEdges(mergePunctuation(own), segment, durations, spokenUntil),
    );
    const start = words[0]?.start ?? segment.start;
    const end = words.at(-1)?.end ?? segment.end;
    spokenUntil = end;
    // Words that all fall on one spot say nothing about the segment.
    return start < end ? { ...segment, start, end, words } : { ...segment, words };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Space as in a segment's text: single, and none at its ends. */
function spacedAsText(words: readonly RecognizedWord[]): RecognizedWord[] {
  return words.map(({ text, start, end, probability }, index) => {
    const spaced = text.replace(/\s+/g, ' ');
    const open = index === 0 ? spaced.trimStart() : spaced;
    return { text: index === words.length - 1 ? open.trimEnd() : open, start, end, probability };
  });
}
