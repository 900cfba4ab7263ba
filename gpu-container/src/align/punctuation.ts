import type { RecognizedWord } from '../transcribe/recognizer.ts';

// The lists of openai/whisper's timing.py, by kind of mark: they hold for more scripts so.
const OPENING = /^(?:\s["'“¿\p{Ps}\p{Pi}\p{Pd}]+|[\p{Ps}\p{Pi}]+)$/u;
const CLOSING = /^["'\p{Po}\p{Pe}\p{Pf}\p{Pd}\p{S}]+$/u;

const PUNCTUATION = /^\s*[\p{P}\p{S}]+\s*$/u;

/** Whether a text is nothing but marks. */
export function isPunctuation(text: string): boolean {
  return PUNCTUATION.test(text);
}

/**
 * Joins punctuation to the word that it belongs to. The time of a mark is
 * silence: a word keeps its own times and its own probability.
 */
export function mergePunctuation<Word extends RecognizedWord>(words: readonly Word[]): Word[] {
  const merged: Word[] = [];
  let opening = '';
  for (const [index, word] of words.entries()) {
    const last = merged.at(-1);
    if (OPENING.test(word.text) && index < words.length - 1) {
      opening += word.text;
    } else if (CLOSING.test(word.text) && opening === '' && last !== undefined) {
      merged[merged.length - 1] = { ...last, text: last.text + word.text };
    } else {
      merged.push({ ...word, text: opening + word.text });
      opening = '';
    }
  }
  return merged;
}
