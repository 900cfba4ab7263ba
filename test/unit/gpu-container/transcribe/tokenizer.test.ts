import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import {
  type TextTokenizer,
  textTokenizer,
} from '../../../../gpu-container/src/transcribe/tokenizer.ts';

describe("textTokenizer, with Whisper's own tokenizer.json", () => {
  let tokenizer: TextTokenizer;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    tokenizer = textTokenizer(JSON.parse(await readFile(files.file('tokenizer.json'), 'utf8')));
  });

  it.each([
    ' And so my fellow Americans',
    ' 1,000 Straßen , it is "quoted" \'s',
    ' 日本語のテキスト 🎉 und Ünïcode',
    'no leading space',
  ])('gives back %j after a round trip', (text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("encodes to Whisper's own ids, without special tokens", () => {
    expect(tokenizer.encode(' And so my fellow Americans')).toEqual([400, 370, 452, 7177, 6280]);
  });

  it('joins a character that is spread over tokens', () => {
    const tokens = tokenizer.encode(' 🎉');

    expect(tokens.length).toBeGreaterThan(1);
    expect(tokenizer.decode(tokens)).toBe(' 🎉');
  });

  it('knows special tokens by their content', () => {
    expect(tokenizer.tokenId('<|startofprev|>')).toBe(50_361);
    expect(tokenizer.tokenId('<|no such token|>')).toBeUndefined();
  });
});
