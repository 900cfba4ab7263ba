import type { Segment, Word } from '#contracts/transcript.ts';

type TimedSegment = Omit<Segment, 'id'>;

/** A segment, or a part of one, that one speaker says; `speaker` is their index. */
export type SpokenPiece = { readonly speaker: number | undefined; readonly segment: TimedSegment };

/**
 * Cuts a segment wherever the speaker changes. A piece reaches from its first
 * word to its last and keeps the scores of the segment; a segment of one speaker
 * stays as it is.
 *
 * @param words those of the segment, at least one
 * @param speakers of each word
 */
export function splitSegment(
  segment: TimedSegment,
  words: readonly Word[],
  speakers: readonly number[],
): SpokenPiece[] {
  const runs: { speaker: number; words: Word[] }[] = [];
  for (const [index, word] of words.entries()) {
    const speaker = speakers[index]!;
    const run = runs.at(-1);
    if (run?.speaker === speaker) {
      run.words.push(word);
    } else {
      runs.push({ speaker, words: [word] });
    }
  }
  return runs.map(({ speaker, words: own }) => ({
    speaker,
    segment: runs.length === 1 ? { ...segment, words: own } : pieceOf(segment, own),
  }));
}

/** Its text is the joined words, as that of any segment: without the space that parts it from its neighbours. */
function pieceOf(segment: TimedSegment, own: readonly Word[]): TimedSegment {
  const words = own.map((word, index) => {
    const text = index === 0 ? word.text.trimStart() : word.text;
    return { ...word, text: index === own.length - 1 ? text.trimEnd() : text };
  });
  return {
    ...segment,
    start: words[0]!.start,
    end: Math.max(...words.map(({ end }) => end)),
    text: words.map(({ text }) => text).join(''),
    words,
  };
}
