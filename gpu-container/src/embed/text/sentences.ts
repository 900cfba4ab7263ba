import type { Segment } from '#contracts/transcript.ts';
import type { Passage } from './passage.ts';

/** Characters of a text from `from` up to `to`, and when they are said. */
type Span = {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
};

const SPACE = /\s/;

/** A sentence, or a part of one, which can be divided further. */
export type Sentence = Passage & {
  /** Whether there is a space between it and what is said before. */
  readonly spaced: boolean;
  /** Two parts of about the same length, cut between words; undefined where it is one word. */
  halves(): [Sentence, Sentence] | undefined;
};

/**
 * The sentences of a turn, by Unicode's rules (UAX 29) for the language; one may go on over
 * several segments. They begin and end with their words where those are timed, and
 * otherwise where their share of the segment's characters does.
 *
 * @param turn segments of one speaker
 * @param language ISO 639-1; null where it is not known
 */
export function sentencesOf(turn: readonly Segment[], language: string | null): Sentence[] {
  const { text, spans } = timedText(turn);
  const [{ speaker, channel } = {}] = turn;
  const voice = {
    ...(speaker !== undefined && { speaker }),
    ...(channel !== undefined && { channel }),
  };
  const locale = language ?? 'und';
  const words = new Intl.Segmenter(locale, { granularity: 'word' });

  const sentence = (from: number, to: number): Sentence => {
    const raw = text.slice(from, to);
    const first = from + raw.length - raw.trimStart().length;
    const last = from + raw.trimEnd().length;
    return {
      start: timeAt(spans, first, 'start'),
      end: timeAt(spans, last, 'end'),
      text: text.slice(first, last),
      ...voice,
      spaced: first === 0 || SPACE.test(text[first - 1]!),
      halves: () => {
        const middle = middleOf(words, text.slice(first, last));
        return middle === undefined
          ? undefined
          : [sentence(first, first + middle), sentence(first + middle, last)];
      },
    };
  };

  return [...new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(text)].flatMap(
    ({ index, segment }) =>
      segment.trim() === '' ? [] : [sentence(index, index + segment.length)],
  );
}

/** The segments' text as one, and where in it each of their words, or else each segment, is. */
function timedText(turn: readonly Segment[]): { text: string; spans: Span[] } {
  const spans: Span[] = [];
  let text = '';
  for (const segment of turn) {
    const own = segment.text.trim();
    if (own === '') {
      continue;
    }
    text += text === '' ? '' : ' ';
    spans.push(...spansOf(segment, own, text.length));
    text += own;
  }
  return { text, spans };
}

function spansOf({ words = [], start, end }: Segment, text: string, offset: number): Span[] {
  const joined = words.map((word) => word.text).join('');
  // An edited text no longer has its words in these places.
  if (joined.trim() !== text) {
    return [{ from: offset, to: offset + text.length, start, end }];
  }
  let at = offset - (joined.length - joined.trimStart().length);
  return words.map((word) => {
    const from = at + word.text.length - word.text.trimStart().length;
    at += word.text.length;
    return { from, to: at, start: word.start, end: word.end };
  });
}

/** When a sentence that starts or ends before this character does so. */
function timeAt(spans: readonly Span[], at: number, edge: 'start' | 'end'): number {
  const span = spans[lastStarting(spans, edge === 'start' ? at : at - 1)];
  if (span === undefined) {
    throw new RangeError(`The text has no time at character ${at}`);
  }
  const share = (at - span.from) / (span.to - span.from);
  return span.start + Math.min(1, share) * (span.end - span.start);
}

/** Index of the last span that starts at the character or before it; -1 where none does. */
function lastStarting(spans: readonly Span[], at: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.from <= at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

/** The edge between two words that is nearest to the middle of the text: a space where there is one. */
function middleOf(words: Intl.Segmenter, text: string): number | undefined {
  const distance = (index: number) => Math.abs(index - text.length / 2);
  const inner = [...words.segment(text)].filter(({ index }) => index > 0);
  const spaced = inner.filter(({ index }) => SPACE.test(text[index - 1]!));
  const edges = spaced.length > 0 ? spaced : inner.filter(({ isWordLike }) => isWordLike === true);
  return edges.map(({ index }) => index).sort((one, other) => distance(one) - distance(other))[0];
}
