import { describe, expect, it } from '@jest/globals';
import { settleWords } from '../../../../../gpu-container/src/diarize/assign/settle-words.ts';
import { spokenWords } from './spoken-words.ts';

/** Settles words of a length, each said by nobody but the speaker given as a letter. */
function settle(text: string, letters: string, seconds: number, opensSentence = true): string {
  const words = spokenWords(text, 1, 1 + seconds * letters.length);
  const speakers = Array.from(letters, (letter) => letter.charCodeAt(0));
  const secondsOf = (speaker: number, word: { start: number }) =>
    speaker === speakers[words.findIndex(({ start }) => start === word.start)] ? seconds : 0;
  return String.fromCharCode(...settleWords(words, speakers, opensSentence, secondsOf));
}

describe('a short word', () => {
  it.each([
    ['between words of somebody else goes to them', 'we went to town', 'AABA', 'AAAA'],
    ['that ends a sentence goes to who said the rest', 'I see it. And you', 'AABBB', 'AAABB'],
    ['that begins a sentence goes to who says the rest', 'I did. And you did', 'AAABB', 'AABBB'],
    ['at the end of a segment goes by its sentence', 'did you see it?', 'AAAB', 'AAAA'],
    ['at the start of a segment goes by its sentence', 'and so we went', 'BAAA', 'AAAA'],
    ['stays where it is a sentence', 'you went. Yes. I did', 'AABAA', 'AABAA'],
    ['stays between two others', 'we went to', 'ABC', 'ABC'],
    ['stays where it ends nothing', 'we went to', 'AAB', 'AAB'],
    ['stays in a sentence of two', 'I see.', 'AB', 'AB'],
    ['stays at the edge of a sentence that others share', 'we met up there.', 'BBAC', 'BBAC'],
    ['stays where a title ends, not a sentence', 'we met Dr. Ruiz there', 'AABBB', 'AABBB'],
    ['stays with a word beside it of the same speaker', 'we met up in town', 'ABBAA', 'ABBAA'],
    ['goes by words as they were heard', 'we met in town', 'ABAB', 'AABB'],
  ])('%s', (_what, text, heard, settled) => {
    expect(settle(text, heard, 0.2)).toBe(settled);
  });

  it('at the start of a segment stays where the sentence before goes on', () => {
    expect(settle('and so we went', 'BAAA', 0.2, false)).toBe('BAAA');
  });

  it('ends a sentence before a closing quote, too', () => {
    expect(settle('he said “no.” And you', 'AABBB', 0.2)).toBe('AAABB');
  });
});

describe('a word as long as a turn can be', () => {
  it('stays where it was heard', () => {
    expect(settle('we went to town', 'AABA', 0.31)).toBe('AABA');
    expect(settle('I see it. And you', 'AABBB', 0.26)).toBe('AABBB');
    expect(settle('I did. And you did', 'AAABB', 0.26)).toBe('AAABB');
  });

  it('is one of more than 0.3 s between words of somebody else, of 0.25 s otherwise', () => {
    expect(settle('we went to town', 'AABA', 0.3)).toBe('AAAA');
    expect(settle('I see it. And you', 'AABBB', 0.25)).toBe('AAABB');
  });
});

describe('a long word at a change of speakers', () => {
  const words = spokenWords('do you see? I do', 0, 5);
  const heard = [1, 1, 2, 2, 2];
  const settled = (seconds: Record<number, number>) =>
    settleWords(words, heard, true, (speaker) => seconds[speaker] ?? 0);

  it('goes by its sentence where both talk in it about as long', () => {
    expect(settled({ 1: 0.4, 2: 0.6 })).toEqual([1, 1, 1, 2, 2]);
    expect(settled({ 1: 1, 2: 1 })).toEqual([1, 1, 1, 2, 2]);
  });

  it('goes by its sentence in the pause between them', () => {
    expect(settled({ 1: 0, 2: 0.1 })).toEqual([1, 1, 1, 2, 2]);
  });

  it('stays where only one of them talks', () => {
    expect(settled({ 1: 0.1, 2: 0.9 })).toEqual([1, 1, 2, 2, 2]);
  });
});
