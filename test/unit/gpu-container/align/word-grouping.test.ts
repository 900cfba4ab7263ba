import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { groupTokens } from '../../../../gpu-container/src/align/word-grouping.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import {
  type TextTokenizer,
  textTokenizer,
} from '../../../../gpu-container/src/transcribe/tokenizer.ts';

describe('grouping tokens into words', () => {
  let tokenizer: TextTokenizer;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    tokenizer = textTokenizer(JSON.parse(readFileSync(files.file('tokenizer.json'), 'utf8')));
  });

  function group(text: string, language: string): string[] {
    const tokens = tokenizer.encode(text);
    const words = groupTokens(tokens, tokenizer.decode, language);
    expect(words.flatMap((word) => word.tokens)).toEqual(tokens);
    expect(words.map((word) => word.text).join('')).toBe(text);
    return words.map((word) => word.text);
  }

  it('goes from space to space, with punctuation apart', () => {
    expect(group(' Uncharacteristically, he left.', 'en')).toEqual([
      ' Uncharacteristically',
      ',',
      ' he',
      ' left',
      '.',
    ]);
  });

  it('keeps marks inside a word with the word', () => {
    expect(group(" It's well-known: 3.5 metres", 'en')).toEqual([
      " It's",
      ' well-known',
      ':',
      ' 3.5',
      ' metres',
    ]);
  });

  it('splits a script without spaces into whole characters at least', () => {
    const words = group('寿司を鰹節で食べた。', 'ja');

    expect(words.length).toBeGreaterThan(4);
    expect(words.join('')).not.toContain('\ufffd');
    expect(words.at(-1)).toBe('。');
  });

  it('splits by space where spaces are written, whatever the script', () => {
    expect(group(' Привет, 오늘 κόσμε', 'ru')).toEqual([' Привет', ',', ' 오늘', ' κόσμε']);
  });

  it('loses no token whose bytes are no character', () => {
    const cut = tokenizer.encode(' fish 鰹').slice(0, -1);
    const words = groupTokens(cut, tokenizer.decode, 'en');

    expect(words.flatMap((word) => word.tokens)).toEqual(cut);
    expect(words[0]!.text).toBe(' fish');
  });

  it('leaves no word of nothing but space', () => {
    expect(group(' one  two', 'en').every((word) => word.trim() !== '')).toBe(true);
  });
});
