import { describe, expect, it } from '@jest/globals';
import {
  clipTokenizer,
  padTokens,
} from '../../../../../gpu-container/src/embed/clip/clip-tokens.ts';

/** Byte pairs of the two letters `ab`, in the layout of CLIP's tokeniser. */
function tokenizerJson(specialTokens: readonly string[]) {
  const vocab = { a: 0, 'b</w>': 1, 'ab</w>': 2 };
  const firstSpecial = 3;
  return {
    version: '1.0',
    added_tokens: specialTokens.map((content, index) => ({
      id: firstSpecial + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: null,
      end_of_word_suffix: '</w>',
      vocab,
      merges: [['a', 'b</w>']],
    },
  };
}

describe('clipTokenizer', () => {
  const [start, end, ab] = [3, 4, 2];
  const tokenizer = clipTokenizer(tokenizerJson(['<|startoftext|>', '<|endoftext|>']));

  it('puts a text between the start and the end token', () => {
    expect(tokenizer.endOfText).toBe(end);
    expect(tokenizer.tokenize('AB ab')).toEqual([start, ab, ab, end]);
    expect(tokenizer.tokenize('')).toEqual([start, end]);
  });

  it('keeps the end token of a text that is cut at 77', () => {
    const full = [start, ...Array<number>(75).fill(ab), end];
    expect(tokenizer.tokenize('ab '.repeat(75))).toEqual(full);
    expect(tokenizer.tokenize('ab '.repeat(76))).toEqual(full);
  });

  it('refuses a tokenizer without the special tokens', () => {
    expect(() => clipTokenizer(tokenizerJson(['<|startoftext|>']))).toThrow(/endoftext/);
  });
});

describe('padTokens', () => {
  it('fills up to the longest and masks what it filled', () => {
    expect(
      padTokens(
        [
          [3, 1, 4],
          [3, 1, 1, 1, 4],
          [3, 4],
        ],
        4,
      ),
    ).toEqual({
      ids: [
        [3, 1, 4, 4, 4],
        [3, 1, 1, 1, 4],
        [3, 4, 4, 4, 4],
      ],
      mask: [
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1],
        [1, 1, 0, 0, 0],
      ],
    });
  });
});
