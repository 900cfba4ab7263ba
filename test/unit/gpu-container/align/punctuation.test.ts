import { describe, expect, it } from '@jest/globals';
import { mergePunctuation } from '../../../../gpu-container/src/align/punctuation.ts';
import { timesOf, word } from './sample-words.ts';

describe('merging punctuation', () => {
  it('counts closing marks to the word before, which keeps its times', () => {
    const words = [
      word(' left', 1, 1.4),
      word('.', 1.4, 2),
      word('"', 2, 2.1),
      word(' He', 2.1, 3),
    ];

    expect(timesOf(mergePunctuation(words))).toEqual([
      [' left."', 1, 1.4],
      [' He', 2.1, 3],
    ]);
  });

  it('counts opening marks to the next word, which keeps its times', () => {
    const words = [
      word(' said', 0, 1),
      word(' (', 1, 1.2),
      word('"', 1.2, 1.5),
      word('go', 1.5, 2),
    ];

    expect(timesOf(mergePunctuation(words.toSpliced(2, 1)))).toEqual([
      [' said', 0, 1],
      [' (go', 1.5, 2],
    ]);
  });

  it('knows the brackets of other scripts', () => {
    const words = [word('と', 0, 1), word('「', 1, 2), word('何', 2, 3), word('」', 3, 4)];

    expect(timesOf(mergePunctuation(words))).toEqual([
      ['と', 0, 1],
      ['「何」', 2, 3],
    ]);
  });

  it('keeps a mark that no word stands next to', () => {
    expect(timesOf(mergePunctuation([word('...', 0, 1)]))).toEqual([['...', 0, 1]]);
    expect(timesOf(mergePunctuation([word(' -', 0, 1)]))).toEqual([[' -', 0, 1]]);
  });
});
