import { describe, expect, it } from '@jest/globals';
import { countWords, score } from '../../../../bench/accuracy/score.ts';

describe('the score of a transcript', () => {
  it('ignores how an English text is written', () => {
    expect(score("MISTER SMITH DIDN'T COME", 'Mr. Smith did not come.', 'en')).toEqual({
      ...{ unit: 'word', reference: 5 },
      ...{ substitutions: 0, deletions: 0, insertions: 0 },
    });
  });

  it('counts words in other languages with spaces, accents included', () => {
    expect(score('Eaux et forêts.', 'eaux et forets', 'fr')).toMatchObject({
      ...{ unit: 'word', reference: 3, substitutions: 1 },
    });
  });

  it('counts characters in languages without spaces', () => {
    expect(score('成立するのである。', '成立 するのであろう', 'ja')).toMatchObject({
      ...{ unit: 'character', reference: 8, substitutions: 1, insertions: 1 },
    });
  });

  it('counts a missing transcript as all deletions', () => {
    expect(score('nobody came', '', 'en')).toMatchObject({ deletions: 2, reference: 2 });
  });
});

describe('the words of a text', () => {
  it.each([
    ['Thank you.', 2],
    ['[Music] (applause)', 0],
    ['…', 0],
    ['', 0],
  ])('are those that are left without punctuation and remarks: %j', (text, words) => {
    expect(countWords(text)).toBe(words);
  });
});
