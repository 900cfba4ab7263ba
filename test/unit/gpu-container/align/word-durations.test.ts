import { describe, expect, it } from '@jest/globals';
import {
  shortenAtSegmentEdges,
  shortenAtSentenceEnds,
  wordDurations,
} from '../../../../gpu-container/src/align/word-durations.ts';
import { timesOf, word } from './sample-words.ts';

const DURATIONS = { median: 0.3, longest: 0.6 };

describe('the usual length of a word', () => {
  it('is the median of the words that have one', () => {
    const words = [word('a', 0, 0.2), word('b', 0.2, 0.2), word('c', 0.2, 0.6), word('d', 1, 1.3)];

    expect(wordDurations(words).median).toBeCloseTo(0.3);
    expect(wordDurations(words).longest).toBeCloseTo(0.6);
  });

  it('is no more than 0.7 s, and zero without words', () => {
    expect(wordDurations([word('a', 0, 5)]).median).toBe(0.7);
    expect(wordDurations([])).toEqual({ median: 0, longest: 0 });
  });
});

describe('shortening at the end of a sentence', () => {
  it('shortens the mark from its end and the word after it from its start', () => {
    const words = [word(' a', 0, 1), word('.', 1, 3), word(' B', 3, 5), word(' c', 5, 7)];

    expect(timesOf(shortenAtSentenceEnds(words, DURATIONS))).toEqual([
      [' a', 0, 1],
      ['.', 1, 1.6],
      [' B', 4.4, 5],
      [' c', 5, 7],
    ]);
  });

  it('keeps a start that was heard', () => {
    const words = [word('.', 0, 0.1), { ...word(' B', 1, 3), beginsSpeech: true }];

    expect(timesOf(shortenAtSentenceEnds(words, DURATIONS))[1]).toEqual([' B', 1, 3]);
  });
});

describe('shortening at the edges of a segment', () => {
  const segment = { start: 4, end: 8 };
  const shorten = (words: Parameters<typeof shortenAtSegmentEdges>[0], spokenUntil = 0) =>
    timesOf(shortenAtSegmentEdges(words, segment, DURATIONS, spokenUntil));

  it('takes a pause out of the first word', () => {
    expect(shorten([word('a', 0, 5), word(' b', 5, 5.3)])).toEqual([
      ['a', 4.4, 5],
      [' b', 5, 5.3],
    ]);
  });

  it('takes a pause out of the first two words', () => {
    expect(shorten([word('a', 0, 2), word(' b', 2, 5), word(' c', 5, 5.3)])).toEqual([
      ['a', 3.8, 4.4],
      [' b', 4.4, 5],
      [' c', 5, 5.3],
    ]);
  });

  it('leaves words without a pause before them', () => {
    expect(shorten([word('a', 4, 5), word(' b', 5, 5.3)], 4)).toEqual([
      ['a', 4, 5],
      [' b', 5, 5.3],
    ]);
  });

  it('cuts words that stick out of the segment', () => {
    expect(shorten([word('a', 3.2, 4.2), word(' b', 7.5, 9)], 3.2)).toEqual([
      ['a', 3.9, 4.2],
      [' b', 7.5, 8],
    ]);
  });

  it('keeps a start that was heard', () => {
    expect(shorten([{ ...word('a', 1, 5), beginsSpeech: true }])).toEqual([['a', 1, 5]]);
  });

  it('has nothing to do without words', () => {
    expect(shorten([])).toEqual([]);
  });
});
