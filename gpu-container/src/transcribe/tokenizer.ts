import { Tokenizer } from '@huggingface/tokenizers';

/** Byte-level BPE between text and token ids. */
export type TextTokenizer = {
  /** Token ids of a text, without any special token. */
  encode(text: string): number[];
  /** The text of token ids, as it stands: leading space and all. */
  decode(tokens: readonly number[]): string;
  /** The id of a token by its exact content, special ones included. */
  tokenId(content: string): number | undefined;
};

/** Makes the tokenizer that the parsed content of a `tokenizer.json` describes. */
export function textTokenizer(tokenizerJson: object): TextTokenizer {
  const tokenizer = new Tokenizer(tokenizerJson, {});
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    // The library's clean-up would join " ," and " 's", which Whisper writes on purpose.
    decode: (tokens) => tokenizer.decode([...tokens], { clean_up_tokenization_spaces: false }),
    tokenId: (content) => tokenizer.token_to_id(content),
  };
}
