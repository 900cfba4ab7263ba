import { describe, expect, it } from '@jest/globals';
import {
  applyTimestampRules,
  logitFilters,
} from '../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { at, VOCABULARY, VOCABULARY_SIZE } from './sample-vocabulary.ts';

const { endOfText, noTimestamps, timestampBegin } = VOCABULARY;
const LIKELY_TEXT = 20;

/** Logits where text wins over all timestamps together, unless the test says otherwise. */
function logitsWith(raised: Record<number, number> = { 5: LIKELY_TEXT }): Float32Array {
  const logits = new Float32Array(VOCABULARY_SIZE);
  for (const [token, value] of Object.entries(raised)) {
    logits[Number(token)] = value;
  }
  return logits;
}

function allowedAfter(written: number[], logits = logitsWith()): number[] {
  applyTimestampRules(logits, written, VOCABULARY);
  return [...logits.keys()].filter((token) => logits[token] !== Number.NEGATIVE_INFINITY);
}

const isTimestamp = (token: number) => token >= timestampBegin;

describe('applyTimestampRules', () => {
  it('opens with a timestamp of at most one second', () => {
    const allowed = allowedAfter([]);

    expect(allowed[0]).toBe(at(0));
    expect(allowed.at(-1)).toBe(at(1));
    expect(allowed).toHaveLength(51);
  });

  it('wants text after an opening timestamp', () => {
    expect(allowedAfter([at(0)]).some(isTimestamp)).toBe(false);
  });

  it('wants text after a pair', () => {
    expect(allowedAfter([at(0), 5, at(0.5), at(0.5)]).some(isTimestamp)).toBe(false);
  });

  it('wants the second of a pair or the end of text after a closing timestamp', () => {
    const allowed = allowedAfter([at(0), 5, at(0.5)], logitsWith({ [endOfText]: LIKELY_TEXT }));

    expect(allowed.filter((token) => token < endOfText)).toEqual([]);
    expect(allowed).toContain(endOfText);
    expect(allowed.filter(isTimestamp)[0]).toBe(at(0.5));
  });

  it('never goes back in time and never closes an empty segment', () => {
    expect(allowedAfter([at(0.4), 5]).filter(isTimestamp)[0]).toBe(at(0.42));
  });

  it('takes a timestamp when all of them together outweigh the best text', () => {
    const logits = logitsWith({ 5: 3 });

    expect(allowedAfter([at(0), 5], logits).every(isTimestamp)).toBe(true);
  });

  it('takes text when the best of it outweighs all timestamps together', () => {
    // 99 timestamps are left: together they weigh log 99 ≈ 4.6
    expect(allowedAfter([at(0), 5], logitsWith({ 5: 4.7 }))).toContain(5);
    expect(allowedAfter([at(0), 5], logitsWith({ 5: 4.5 }))).not.toContain(5);
  });

  it('never writes that there are no timestamps', () => {
    expect(allowedAfter([at(0), 5])).not.toContain(noTimestamps);
  });
});

describe('logitFilters', () => {
  it('forbids suppressed tokens always and some only first', () => {
    const filter = logitFilters(VOCABULARY, false);
    const [first, later] = [logitsWith(), logitsWith()];
    filter(first, []);
    filter(later, [5]);

    const forbidden = (logits: Float32Array) =>
      [...logits.keys()].filter((token) => logits[token] === Number.NEGATIVE_INFINITY);
    expect(forbidden(first)).toEqual([2, 3, 10, 11]);
    expect(forbidden(later)).toEqual([2, 11]);
  });

  it('applies the timestamp rules where timestamps are asked for', () => {
    const logits = logitsWith();
    logitFilters(VOCABULARY, true)(logits, []);

    expect(logits[5]).toBe(Number.NEGATIVE_INFINITY);
  });
});
