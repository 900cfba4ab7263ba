import type { Segment, Word } from '#contracts/transcript.ts';
import { sampleSegment } from '../../sample-transcript.ts';

type TimedSegment = Omit<Segment, 'id'>;

/** Words of even length, one after the other, with the spaces that a recogniser leaves between them. */
export function spokenWords(text: string, start: number, end: number): Word[] {
  const texts = text.split(' ');
  const seconds = (end - start) / texts.length;
  return texts.map((word, index) => ({
    text: index === 0 ? word : ` ${word}`,
    start: start + index * seconds,
    end: start + (index + 1) * seconds,
    probability: 0.9,
  }));
}

/** A segment with such words. */
export function spokenSegment(text: string, start: number, end: number): TimedSegment {
  return wordlessSegment(text, start, end, { words: spokenWords(text, start, end) });
}

/** A segment as a recogniser without word times gives it. */
export function wordlessSegment(
  text: string,
  start: number,
  end: number,
  fields: Partial<Segment> = {},
): TimedSegment {
  const { id: _, ...segment } = sampleSegment({ text, start, end, ...fields });
  return segment;
}
