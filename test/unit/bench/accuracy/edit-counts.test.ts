import { describe, expect, it } from '@jest/globals';
import { editCounts, errorRate, pooled } from '../../../../bench/accuracy/edit-counts.ts';

const count = (reference: string, hypothesis: string) => {
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  return editCounts(words(reference), words(hypothesis));
};

describe('the edits between a reference and a hypothesis', () => {
  it.each([
    ['the same', 'a b c', 'a b c', [0, 0, 0]],
    ['a word heard wrongly', 'a b c', 'a x c', [1, 0, 0]],
    ['a word left out', 'a b c', 'a c', [0, 1, 0]],
    ['a word made up', 'a b c', 'a b x c', [0, 0, 1]],
    ['everything left out', 'a b c', '', [0, 3, 0]],
    ['everything made up', '', 'a b', [0, 0, 2]],
    ['a word moved to the end', 'a b c d', 'b c d a', [0, 1, 1]],
    ['nothing in common', 'a b c', 'x y', [2, 1, 0]],
    ['a repetition loop', 'a b', 'a b a b a b', [0, 0, 4]],
    ['edits of every kind', 'the cat sat on the mat', 'cat sits on the red mat', [1, 1, 1]],
  ])(
    'are counted by kind: %s',
    (_, reference, hypothesis, [substitutions, deletions, insertions]) => {
      expect(count(reference, hypothesis)).toMatchObject({ substitutions, deletions, insertions });
    },
  );

  it('are as few as in the classic example of letters', () => {
    const { substitutions, deletions, insertions } = editCounts([...'kitten'], [...'sitting']);
    expect(substitutions + deletions + insertions).toBe(3);
  });

  it('never leave more or fewer words than the hypothesis has', () => {
    const counts = count('one two three four five six', 'two two zero four seven eight nine ten');
    expect(counts.reference - counts.deletions + counts.insertions).toBe(8);
  });
});

describe('the error rate', () => {
  it('is errors by words of the reference', () => {
    expect(errorRate(count('the cat sat on the mat', 'cat sits on the red mat'))).toBe(3 / 6);
  });

  it('exceeds one where more is made up than was said', () => {
    expect(errorRate(count('a b', 'a b a b a b'))).toBe(2);
  });

  it('is one where nothing was written', () => {
    expect(errorRate(count('a b c', ''))).toBe(1);
  });

  it('does not exist without a reference', () => {
    expect(errorRate(count('', 'a'))).toBeUndefined();
  });

  it('of several texts weighs them by their length', () => {
    const long = count('a b c d e f g h i', 'a b c d e f g h i');
    expect(errorRate(pooled([long, count('x', 'y')]))).toBe(1 / 10);
  });
});
