import type { Word } from '#contracts/transcript.ts';

/** A word between words of somebody else is jitter up to this much of it: a turn takes longer to say. */
const LONE_WORD_MS = 300;

/** Up to this much of a word can be on the wrong side of the edge of a turn: they are timed no better. */
const EDGE_WORD_MS = 250;

/** What ends a sentence, with the quotes and brackets that close behind it. */
const SENTENCE_END = /[.!?…。！？]["'”’»)\]]*$/u;

/** Their full stop ends no sentence. */
const ABBREVIATION = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|\p{Lu})\.$/u;

type SpokenWord = Pick<Word, 'text' | 'start' | 'end'>;

/** Seconds of a word in which a speaker talks. */
type SecondsOf = (speaker: number, word: SpokenWord) => number;

/**
 * Moves single words of a segment that are plainly with the wrong speaker:
 * people change between sentences far more often than a word off them.
 *
 * - One word with somebody else's words before and after it, in the same
 *   sentence, goes to them.
 * - The first word of a sentence, and the last one, goes to who says all the rest
 *   of it, where that is two words or more.
 *
 * Only a word that its own speaker talks in hardly longer than the other one is
 * moved: a short one, or one that lies across the change or in the pause there.
 * Every word is judged by where the others were before any was moved. Only the
 * part of a sentence that is in the segment counts.
 *
 * @param words in order
 * @param speakers of each word
 * @param opensSentence whether a sentence begins with the first word
 * @param secondsOf seconds of a word in which a speaker talks
 * @returns the speaker of each word
 */
export function settleWords(
  words: readonly SpokenWord[],
  speakers: readonly number[],
  opensSentence: boolean,
  secondsOf: SecondsOf,
): number[] {
  return sentences(words).flatMap(({ start, end }) => {
    const own = speakers.slice(start, end);
    const opens = start > 0 || opensSentence;
    const closes = endsSentence(words[end - 1]!.text);
    return own.map((speaker, index) => {
      const wouldBe = expectedSpeaker(own, index, { opens, closes });
      const word = words[start + index]!;
      return wouldBe !== undefined &&
        leadMs(word, speaker, wouldBe.speaker, secondsOf) <= wouldBe.limitMs
        ? wouldBe.speaker
        : speaker;
    });
  });
}

/** Who says a word of a sentence by what its other words say, and how much may speak against it. */
function expectedSpeaker(
  speakers: readonly number[],
  index: number,
  { opens, closes }: { opens: boolean; closes: boolean },
): { speaker: number; limitMs: number } | undefined {
  const isFirst = index === 0;
  const isLast = index === speakers.length - 1;
  const isEdge = isFirst || isLast;
  if ((isFirst && !opens) || (isLast && !closes)) {
    return undefined;
  }
  const speaker = soleSpeaker(
    isEdge ? speakers.toSpliced(index, 1) : [speakers[index - 1]!, speakers[index + 1]!],
  );
  return speaker === undefined
    ? undefined
    : { speaker, limitMs: isEdge ? EDGE_WORD_MS : LONE_WORD_MS };
}

/** How much longer one speaker talks in a word than another. */
function leadMs(word: SpokenWord, one: number, other: number, secondsOf: SecondsOf): number {
  return Math.round((secondsOf(one, word) - secondsOf(other, word)) * 1000);
}

/** Who says all of several words. */
function soleSpeaker(speakers: readonly number[]): number | undefined {
  const [first] = speakers;
  return speakers.length > 1 && speakers.every((speaker) => speaker === first) ? first : undefined;
}

/** The ranges of words that are one sentence each. */
function sentences(words: readonly SpokenWord[]): { start: number; end: number }[] {
  const ends = words.flatMap(({ text }, index) =>
    index === words.length - 1 || endsSentence(text) ? [index + 1] : [],
  );
  return ends.map((end, index) => ({ start: ends[index - 1] ?? 0, end }));
}

/** Whether a text ends where a sentence does. */
export function endsSentence(text: string): boolean {
  const trimmed = text.trimEnd();
  return SENTENCE_END.test(trimmed) && !ABBREVIATION.test(trimmed);
}
