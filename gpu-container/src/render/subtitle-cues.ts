import type { Segment, Word } from '#contracts/transcript.ts';
import { type VoiceOf, voicesOf } from './voice-label.ts';

/** What one subtitle shows, and whose words; times in seconds. */
export type Cue = { start: number; end: number; lines: string[]; voice?: string };

/** The limits that broadcasters and streaming services agree on. */
const MAX_LINE_WIDTH = 42;
const MAX_LINES = 2;
const MAX_CUE_SECONDS = 7;
/** Nobody reads what is gone sooner; a cue stays this long where nothing follows. */
const MIN_CUE_SECONDS = 0.8;

/** Words are not shown before a silence this long that they come after. */
const PAUSE_SECONDS = 0.8;

/** How finely the balance between the cues of a segment is looked for. */
const BALANCE_STEP = 0.05;

/** A word goes where a line may break; its time is where it is spoken, measured or estimated. */
type TimedWord = Pick<Word, 'text' | 'start' | 'end'>;

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
/** Scripts in which a space is not what parts one word from the next. */
const WITHOUT_SPACES = new RegExp(
  `${WIDE.source}|[\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]`,
  'u',
);
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
const OPENING = /[\p{Ps}\p{Pi}]$/u;
const SENTENCE_END = /[.!?…。！？]["'”’)]*$/u;

/**
 * Cuts segments into subtitles of at most two lines of 42 columns (a wide
 * character takes two) and seven seconds, at a pause or the end of a sentence where one is
 * near. Words without a time of their own get one by their share of the
 * segment's characters. A cue that is too short to be read stays on, as far as
 * the next one lets it. Only a single word wider than a line is left as wide.
 * Cues come in the order in which they begin; those of two channels may overlap.
 */
export function subtitleCues(segments: readonly Segment[], voiceOf: VoiceOf = voicesOf({})): Cue[] {
  const cues = segments
    .flatMap((segment) => cuesOf(segment, voiceOf(segment)))
    .toSorted((one, other) => one.start - other.start);
  return cues.map((cue, index) => ({
    ...cue,
    end: Math.max(
      cue.end,
      Math.min(cue.start + MIN_CUE_SECONDS, cues[index + 1]?.start ?? Number.POSITIVE_INFINITY),
    ),
  }));
}

function cuesOf(segment: Segment, voice: string | undefined): Cue[] {
  return groupWords(timedWords(segment)).map((words) => ({
    start: words[0]!.start,
    end: Math.min(words.at(-1)!.end, words[0]!.start + MAX_CUE_SECONDS),
    lines: balanceLines(words.map((word) => word.text)),
    ...(voice === undefined ? {} : { voice }),
  }));
}

/** Columns that the text takes on a screen. */
export function displayWidth(text: string): number {
  return Array.from(text).reduce((width, character) => width + columnsOf(character), 0);
}

function columnsOf(character: string): number {
  if (ZERO_WIDTH.test(character)) {
    return 0;
  }
  return WIDE.test(character) ? 2 : 1;
}

function timedWords(segment: Segment): TimedWord[] {
  if (segment.words !== undefined && segment.words.length > 0) {
    return segment.words;
  }
  const pieces = breakable(segment.text);
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const duration = segment.end - segment.start;
  let spoken = 0;
  return pieces.map((text) => {
    const start = segment.start + (duration * spoken) / total;
    spoken += text.length;
    return { text, start, end: segment.start + (duration * spoken) / total };
  });
}

/** Pieces between which a line may break: words with the space before them, or a script's own words where it writes none. */
function breakable(text: string): string[] {
  return (text.match(/\s*\S+/gu) ?? []).flatMap((word) =>
    WITHOUT_SPACES.test(word)
      ? withPunctuation(
          [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(word)].map(
            ({ segment }) => segment,
          ),
        )
      : [word],
  );
}

/** A closing mark stays with the word before it, an opening one with the word after it. */
function withPunctuation(pieces: readonly string[]): string[] {
  const joined: string[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const isClosing = /^\p{P}+$/u.test(piece) && !OPENING.test(piece);
    if (last !== undefined && (isClosing || OPENING.test(last))) {
      joined[joined.length - 1] = last + piece;
    } else {
      joined.push(piece);
    }
  }
  return joined;
}

/** As few cues as the limits allow, and those of like length rather than one with a last word to itself. */
function groupWords(words: readonly TimedWord[]): TimedWord[][] {
  const fewest = fillCues(words, 1);
  for (let share = 1 / fewest.length; share < 1; share += BALANCE_STEP) {
    const groups = fillCues(words, share);
    if (groups.length <= fewest.length) {
      return groups;
    }
  }
  return fewest;
}

/** Fills one cue after the other up to a share of what a cue may hold and of how long it may stay. */
function fillCues(words: readonly TimedWord[], share: number): TimedWord[][] {
  const groups: TimedWord[][] = [];
  let group: TimedWord[] = [];
  for (const word of words) {
    const grown = [...group, word];
    const full =
      !fits(grown) ||
      textWidth(grown) > MAX_LINES * MAX_LINE_WIDTH * share ||
      word.end - grown[0]!.start > MAX_CUE_SECONDS * share;
    const sentenceEnded =
      SENTENCE_END.test(group.at(-1)?.text ?? '') && textWidth(group) > MAX_LINE_WIDTH;
    const paused = word.start - (group.at(-1)?.end ?? word.start) >= PAUSE_SECONDS;
    if (group.length > 0 && (full || sentenceEnded || paused)) {
      groups.push(group);
      group = [word];
    } else {
      group = grown;
    }
  }
  return group.length > 0 ? [...groups, group] : groups;
}

function fits(words: readonly TimedWord[]): boolean {
  const pieces = words.map((word) => word.text);
  return wrap(pieces, MAX_LINE_WIDTH).length <= MAX_LINES;
}

function textWidth(words: readonly TimedWord[]): number {
  return displayWidth(
    words
      .map((word) => word.text)
      .join('')
      .trim(),
  );
}

/** The narrowest width that still needs no more lines: the lines come out of like length. */
function balanceLines(pieces: readonly string[]): string[] {
  const lineCount = wrap(pieces, MAX_LINE_WIDTH).length;
  const width = displayWidth(pieces.join('').trim());
  for (let limit = Math.ceil(width / lineCount); limit < MAX_LINE_WIDTH; limit++) {
    const lines = wrap(pieces, limit);
    if (lines.length <= lineCount) {
      return lines;
    }
  }
  return wrap(pieces, MAX_LINE_WIDTH);
}

function wrap(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && displayWidth(`${line}${piece}`.trim()) > width) {
      lines.push(line.trim());
      line = '';
    }
    line += piece;
  }
  return line.trim() === '' ? lines : [...lines, line.trim()];
}
