import { describe, expect, it } from '@jest/globals';
import {
  repeatedPhrase,
  searchGreedily,
} from '../../../../../gpu-container/src/transcribe/moonshine/greedy-search.ts';

const END = 2;
const VOCABULARY = 40;

/** A decoder that says these tokens one after the other, whatever it is given, and then ends. */
function speaker(tokens: readonly number[]) {
  const heard: number[] = [];
  const step = async (token: number) => {
    heard.push(token);
    const logits = new Float32Array(VOCABULARY);
    logits[tokens[heard.length - 1] ?? END] = 5;
    return logits;
  };
  return { step, heard };
}

describe('searchGreedily', () => {
  it('passes each token on, from the start of text to the end of text', async () => {
    const { step, heard } = speaker([7, 8, 9]);
    const { tokens, repeats } = await searchGreedily(step, 100);

    expect(tokens).toEqual([7, 8, 9]);
    expect(heard).toEqual([1, 7, 8, 9]);
    expect(repeats).toBe(false);
  });

  it('sums the log-probability of every token and of the end of text', async () => {
    const { logprob, steps } = await searchGreedily(speaker([7, 8]).step, 100);

    expect(steps).toBe(3);
    expect(logprob).toBeCloseTo(3 * (5 - Math.log(Math.exp(5) + VOCABULARY - 1)), 5);
  });

  it('stops at the limit', async () => {
    const { tokens, steps } = await searchGreedily(speaker([7, 8, 9]).step, 2);

    expect(tokens).toEqual([7, 8]);
    expect(steps).toBe(2);
  });

  it('stops at a repetition and keeps its first saying', async () => {
    const phrase = [10, 11, 12, 13];
    const said = [7, 8, 9, ...Array.from({ length: 30 }, () => phrase).flat()];
    const { tokens, steps, repeats } = await searchGreedily(speaker(said).step, 200);

    expect(tokens).toEqual([7, 8, 9, ...phrase]);
    expect(steps).toBe(3 + 4 * phrase.length);
    expect(repeats).toBe(true);
  });
});

describe('repeatedPhrase', () => {
  it('does not mind what people say a few times in a row', () => {
    expect(repeatedPhrase([7, 10, 11, 12, 10, 11, 12, 10, 11, 12])).toBe(0);
    expect(repeatedPhrase([7, 8, 8, 8, 8, 8, 8])).toBe(0);
  });

  it('finds one token that goes on and on', () => {
    expect(repeatedPhrase([7, ...Array(12).fill(8)])).toBe(1);
  });

  it('does not mind what was repeated before and is over', () => {
    expect(repeatedPhrase([...Array(20).fill(8), 9])).toBe(0);
  });
});
