import type { RecognizedWord } from '../../../../gpu-container/src/transcribe/recognizer.ts';

/** A word of a test; its probability does not matter there. */
export function word(text: string, start: number, end: number): RecognizedWord {
  return { text, start, end, probability: 0.5 };
}

/** Text and times alone, rounded to milliseconds. */
export function timesOf(words: readonly RecognizedWord[]): [string, number, number][] {
  return words.map(({ text, start, end }) => [text, toMilliseconds(start), toMilliseconds(end)]);
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
