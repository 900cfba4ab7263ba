import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';

/** Text to the tokens of a sentence encoder. */
export type SentenceTokenizer = {
  /** Fills up the shorter rows of a batch. */
  readonly padToken: number;
  /** Ids with the special tokens at both ends, at most `maxTokens`: of a longer text, its beginning. */
  encode(text: string): number[];
  /** How many tokens a text has, without special ones and however many the model reads. */
  count(text: string): number;
};

/** Reads `tokenizer.json` and `tokenizer_config.json` of a model's folder. */
export async function openSentenceTokenizer(
  dir: string,
  maxTokens: number,
): Promise<SentenceTokenizer> {
  const [definition, config] = await Promise.all([
    readJson(join(dir, 'tokenizer.json')),
    readJson(join(dir, 'tokenizer_config.json')),
  ]);
  const tokenizer = new Tokenizer(definition, config);
  return {
    padToken: tokenizer.token_to_id(String(config['pad_token'])) ?? 0,
    encode: (text) => {
      const { ids } = tokenizer.encode(text);
      return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), ids.at(-1)!];
    },
    count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8'));
}
