import { SAMPLE_RATE } from '../decode/pcm.ts';
import type { RecognizedWord } from '../transcribe/recognizer.ts';
import { isPunctuation } from './punctuation.ts';

/** A stretch without speech, in seconds. */
export type Pause = { readonly start: number; readonly end: number };

/** A word of which the level may tell where it begins. */
export type PlacedWord = RecognizedWord & {
  /** Speech begins with it, after a pause. */
  readonly beginsSpeech?: boolean;
};

const FRAME_SECONDS = 0.02;
const FRAME_SAMPLES = FRAME_SECONDS * SAMPLE_RATE;
/** Shorter ones are the closure of a plosive, inside a word. */
const MIN_PAUSE_SECONDS = 0.2;
/** Speech that stands out less from the background leaves no pause to be told by its level. */
const MIN_RANGE_DECIBELS = 20;
const QUIETEST_SHARE = 0.05;
const LOUDEST_SHARE = 0.95;
/** A pause stays in the lowest part of the range between the quietest and the loudest frames. */
const PAUSE_SHARE = 0.3;
const MAX_REST_SECONDS = 0.7;
/** Digital silence is taken for this quiet, so that it does not set the range. */
const FLOOR_DECIBELS = -70;

/**
 * Finds pauses by their level: at least 0.2 s of 20 ms frames near the quietest
 * of the window. None where speech does not stand out from the background.
 *
 * @param samples mono at 16 kHz
 */
export function findPauses(samples: Float32Array): Pause[] {
  const levels = frameLevels(samples);
  const sorted = levels.toSorted();
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const range = quantile(LOUDEST_SHARE) - quantile(QUIETEST_SHARE);
  if (range < MIN_RANGE_DECIBELS) {
    return [];
  }
  const threshold = quantile(QUIETEST_SHARE) + PAUSE_SHARE * range;
  const pauses: Pause[] = [];
  let quietFrom = 0;
  for (let frame = 0; frame <= levels.length; frame++) {
    if (frame < levels.length && levels[frame]! < threshold) {
      continue;
    }
    if ((frame - quietFrom) * FRAME_SECONDS >= MIN_PAUSE_SECONDS) {
      pauses.push({ start: quietFrom * FRAME_SECONDS, end: frame * FRAME_SECONDS });
    }
    quietFrom = frame + 1;
  }
  return pauses;
}

/** Level of each whole 20 ms frame in decibels of full scale. */
function frameLevels(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / FRAME_SAMPLES) }, (_, frame) => {
    let energy = 0;
    for (let n = frame * FRAME_SAMPLES; n < (frame + 1) * FRAME_SAMPLES; n++) {
      energy += samples[n]! ** 2;
    }
    return Math.max(FLOOR_DECIBELS, 10 * Math.log10(energy / FRAME_SAMPLES));
  });
}

/**
 * Takes pauses out of words: attention gives the silence between two words to
 * one of them, or to the punctuation between them. Of a word with a pause inside,
 * the longer part is kept. A mark is not spoken: what sounds in its time before a
 * pause belongs to the word before it, and after a pause to the next. A word that
 * lies in a pause as a whole stays: the level is wrong about it.
 */
export function leavePauses(
  words: readonly RecognizedWord[],
  pauses: readonly Pause[],
): PlacedWord[] {
  const placed: PlacedWord[] = words.map((word) =>
    isPunctuation(word.text) ? word : keepLongerPart(word, pauses),
  );
  for (const [index, mark] of placed.entries()) {
    const within = pauses.filter((pause) => pause.start < mark.end && pause.end > mark.start);
    const [first, last] = [within[0], within.at(-1)];
    if (!isPunctuation(mark.text) || first === undefined || last === undefined) {
      continue;
    }
    const before = placed[index - 1];
    if (before?.end === mark.start && isSpokenRest(mark.start, first.start)) {
      placed[index - 1] = { ...before, end: first.start };
    }
    const after = placed[index + 1];
    if (after?.start === mark.end && isSpokenRest(last.end, mark.end)) {
      placed[index + 1] = { ...after, start: last.end, beginsSpeech: true };
    }
    const start = Math.max(mark.start, first.start);
    placed[index] = { ...mark, start, end: Math.max(start, Math.min(mark.end, last.end)) };
  }
  return placed;
}

/** More than a word's worth is speech that nobody wrote down. */
function isSpokenRest(start: number, end: number): boolean {
  return start < end && end - start <= MAX_REST_SECONDS;
}

function keepLongerPart(word: RecognizedWord, pauses: readonly Pause[]): PlacedWord {
  let { start, end } = word;
  for (const pause of pauses) {
    if (pause.end <= start || pause.start >= end) {
      continue;
    }
    const before = pause.start - start;
    const after = end - pause.end;
    if (after > 0 && after >= before) {
      start = pause.end;
    } else if (before > 0) {
      end = pause.start;
    }
  }
  return { ...word, start, end, beginsSpeech: start > word.start };
}
