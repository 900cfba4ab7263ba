import type { PlacedWord } from './pauses.ts';

const SENTENCE_END = /^[.。!！?？…]+$/;
const MAX_MEDIAN_SECONDS = 0.7;
/** A segment's edge is believed rather than a word's that lies further out than this. */
const EDGE_TOLERANCE_SECONDS = 0.5;

/** How long the words of a window are, and may be. Seconds. */
export type WordDurations = { readonly median: number; readonly longest: number };

/** The usual length of a word, from words that have one. */
export function wordDurations(words: readonly PlacedWord[]): WordDurations {
  const durations = words
    .map(({ start, end }) => end - start)
    .filter((duration) => duration > 0)
    .toSorted((a, b) => a - b);
  const middle = (durations.length - 1) / 2;
  const median =
    durations.length === 0
      ? 0
      : Math.min(
          MAX_MEDIAN_SECONDS,
          (durations[Math.floor(middle)]! + durations[Math.ceil(middle)]!) / 2,
        );
  return { median, longest: 2 * median };
}

/**
 * Shortens marks that end a sentence, and the words after them: their length is
 * mostly a pause. Words keep a start that was heard.
 */
export function shortenAtSentenceEnds(
  words: readonly PlacedWord[],
  { longest }: WordDurations,
): PlacedWord[] {
  return words.map((word, index) => {
    const before = words[index - 1];
    if (before === undefined || word.beginsSpeech || word.end - word.start <= longest) {
      return word;
    }
    if (SENTENCE_END.test(word.text)) {
      return { ...word, end: word.start + longest };
    }
    return SENTENCE_END.test(before.text) ? { ...word, start: word.end - longest } : word;
  });
}

/**
 * Takes the pause before and after a segment out of its first and last words:
 * after a pause the first two words may be twice the median long, and a word
 * that sticks out of its segment by half a second is cut at the segment's edge.
 * Words keep a start that was heard. None comes to reach further out, so they
 * stay in order.
 *
 * @param spokenUntil where the words before the segment ended; the start of the window before the first
 */
export function shortenAtSegmentEdges(
  words: readonly PlacedWord[],
  segment: { readonly start: number; readonly end: number },
  { median, longest }: WordDurations,
  spokenUntil: number,
): PlacedWord[] {
  if (words.length === 0) {
    return [];
  }
  return shortenLast(
    shortenFirst(shortenAfterPause(words, { median, longest }, spokenUntil), segment, median),
    segment,
    median,
  );
}

function shortenAfterPause(
  words: readonly PlacedWord[],
  { median, longest }: WordDurations,
  spokenUntil: number,
): PlacedWord[] {
  const [first, second, ...rest] = words as [PlacedWord, ...PlacedWord[]];
  const tooLong =
    first.end - first.start > longest ||
    (second !== undefined && second.end - first.start > 2 * longest);
  if (first.beginsSpeech || first.end - spokenUntil <= 4 * median || !tooLong) {
    return [...words];
  }
  if (second === undefined || second.end - second.start <= longest) {
    return [{ ...first, start: Math.max(first.start, first.end - longest) }, ...words.slice(1)];
  }
  const boundary = second.end - longest;
  return [
    { ...first, start: Math.max(first.start, boundary - longest), end: boundary },
    { ...second, start: boundary },
    ...rest,
  ];
}

function shortenFirst(
  words: readonly PlacedWord[],
  segment: { readonly start: number },
  median: number,
): PlacedWord[] {
  const [first, ...rest] = words as [PlacedWord, ...PlacedWord[]];
  const sticksOut =
    !first.beginsSpeech &&
    first.end > segment.start &&
    first.start < segment.start - EDGE_TOLERANCE_SECONDS;
  const start = Math.max(first.start, Math.min(first.end - median, segment.start));
  return sticksOut ? [{ ...first, start }, ...rest] : [...words];
}

function shortenLast(
  words: readonly PlacedWord[],
  segment: { readonly end: number },
  median: number,
): PlacedWord[] {
  const last = words.at(-1)!;
  const sticksOut = last.start < segment.end && last.end > segment.end + EDGE_TOLERANCE_SECONDS;
  const end = Math.min(last.end, Math.max(last.start + median, segment.end));
  return sticksOut ? [...words.slice(0, -1), { ...last, end }] : [...words];
}
