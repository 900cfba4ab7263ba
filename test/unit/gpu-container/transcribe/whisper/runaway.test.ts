import { describe, expect, it } from '@jest/globals';
import { runawayDetector } from '../../../../../gpu-container/src/transcribe/whisper/runaway.ts';
import { at } from './sample-vocabulary.ts';

const LOOP_TOKENS = 64;
/** All tokens below are text. */
const END_OF_TEXT = 1000;
const PERIODS = Array.from({ length: 16 }, (_, index) => index + 1);

const isRunaway = runawayDetector({ endOfText: END_OF_TEXT });

/** A piece of text of `period` different tokens, again and again. */
function loop(period: number, length = LOOP_TOKENS): number[] {
  return Array.from({ length }, (_, index) => index % period);
}

/** Text in which no token comes twice. */
function prose(length: number): number[] {
  return Array.from({ length }, (_, index) => 500 + index);
}

describe('runawayDetector', () => {
  it.each(PERIODS)('tells a loop of %i tokens', (period) => {
    expect(isRunaway(loop(period))).toBe(true);
  });

  it('takes a longer piece that comes again for what was said', () => {
    expect(isRunaway(loop(17))).toBe(false);
  });

  it.each([1, 7, 16])('tells no loop of %i before 64 tokens of text', (period) => {
    expect(isRunaway(loop(period, LOOP_TOKENS - 1))).toBe(false);
  });

  it('tells a loop after text that was none', () => {
    expect(isRunaway([...prose(100), ...loop(5, LOOP_TOKENS - 1)])).toBe(false);
    expect(isRunaway([...prose(100), ...loop(5)])).toBe(true);
  });

  it.each([0, 30, 63])('takes one other token at %i for the end of a loop', (place) => {
    expect(isRunaway(loop(3).with(place, 999))).toBe(false);
  });

  it('looks past timestamps, which count on in a loop', () => {
    const timed = loop(4).flatMap((token, index) =>
      index % 4 === 3 ? [token, END_OF_TEXT + at(index), END_OF_TEXT + at(index)] : [token],
    );

    expect(isRunaway(timed)).toBe(true);
  });

  it('counts no timestamps among the text', () => {
    const timed = [...loop(2, LOOP_TOKENS - 1), END_OF_TEXT + at(1), END_OF_TEXT + at(2)];

    expect(isRunaway(timed)).toBe(false);
  });

  it('takes silence for no loop', () => {
    expect(isRunaway([])).toBe(false);
    expect(isRunaway(Array.from({ length: LOOP_TOKENS }, () => END_OF_TEXT + at(0)))).toBe(false);
  });
});
