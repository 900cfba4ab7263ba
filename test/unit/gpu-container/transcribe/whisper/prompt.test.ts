import { describe, expect, it } from '@jest/globals';
import type { TextTokenizer } from '../../../../../gpu-container/src/transcribe/tokenizer.ts';
import { buildPrompt } from '../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { VOCABULARY } from './sample-vocabulary.ts';

/** One token per character: its place in the alphabet. */
const tokenizer: TextTokenizer = {
  encode: (text) =>
    [...text].map((character) => (character === ' ' ? 0 : character.charCodeAt(0) - 96)),
  decode: () => '',
  tokenId: () => undefined,
};
const DIMENSIONS = { decoderPositions: 12 };
const OPTIONS = { language: 'de', task: 'translate', timestamps: true } as const;

describe('buildPrompt', () => {
  it('names language and task', () => {
    expect(buildPrompt(OPTIONS, VOCABULARY, tokenizer, DIMENSIONS)).toEqual({
      tokens: [11, 13, 14],
      startIndex: 0,
    });
  });

  it('says so where no timestamps are wanted', () => {
    const options = { ...OPTIONS, task: 'transcribe', timestamps: false } as const;

    expect(buildPrompt(options, VOCABULARY, tokenizer, DIMENSIONS).tokens).toEqual([
      11, 13, 15, 19,
    ]);
  });

  it('puts an initial prompt first, as text that went before', () => {
    const options = { ...OPTIONS, initialPrompt: '  abc ' };

    expect(buildPrompt(options, VOCABULARY, tokenizer, DIMENSIONS)).toEqual({
      tokens: [17, 0, 1, 2, 3, 11, 13, 14],
      startIndex: 5,
    });
  });

  it('keeps the end of an initial prompt that is too long', () => {
    const options = { ...OPTIONS, initialPrompt: 'abcdefgh' };

    expect(buildPrompt(options, VOCABULARY, tokenizer, DIMENSIONS).tokens).toEqual([
      17, 4, 5, 6, 7, 8, 11, 13, 14,
    ]);
  });

  it('leaves language and task out for an English-only model', () => {
    const vocabulary = { ...VOCABULARY, languages: new Map(), tasks: undefined };

    expect(buildPrompt(OPTIONS, vocabulary, tokenizer, DIMENSIONS).tokens).toEqual([11]);
  });

  it('refuses a language that the model does not know', () => {
    const options = { ...OPTIONS, language: 'xx' };

    expect(() => buildPrompt(options, VOCABULARY, tokenizer, DIMENSIONS)).toThrow(RangeError);
  });
});
