import { describe, expect, it } from '@jest/globals';
import { compareTexts } from '../../../../bench/gpu/compare-texts.ts';

const text = (tokens: number[], logprobs = tokens.map(() => -1)) => ({ tokens, logprobs });

describe('the agreement of texts', () => {
  it('counts the tokens of all windows, and tells how far their log-probabilities are apart', () => {
    const written = [text([1, 2], [-0.5, -1]), text([3], [-2])];
    const expected = [text([1, 2], [-0.5, -1.25]), text([3], [-2])];
    expect(compareTexts(written, expected)).toEqual({
      ...{ windows: 2, tokens: 3, equalTokens: 3, logprobDifference: 0.25 },
    });
  });

  it('counts nothing after the first token that is another one', () => {
    const agreement = compareTexts([text([1, 9, 3], [-1, -7, -7])], [text([1, 2, 3])]);
    expect(agreement).toMatchObject({ tokens: 3, equalTokens: 1, logprobDifference: 0 });
  });

  it('does not take a text for equal that ends early or goes on', () => {
    expect(compareTexts([text([1])], [text([1, 2])]).equalTokens).toBe(1);
    expect(compareTexts([text([1, 2, 3])], [text([1, 2])]).equalTokens).toBe(1);
  });
});
