import { Tokenizer } from '@huggingface/tokenizers';

/** The tokens that a prompt is built with, by their contents. */
const CONTENTS = {
  turnStart: '<|im_start|>',
  turnEnd: '<|im_end|>',
  visionStart: '<|vision_start|>',
  visionEnd: '<|vision_end|>',
  imagePad: '<|image_pad|>',
  videoPad: '<|video_pad|>',
  endOfText: '<|endoftext|>',
} as const;

export type PromptToken = keyof typeof CONTENTS;

/** Byte pairs of Qwen3-VL, with its special tokens apart. */
export type PromptTokenizer = {
  readonly special: Readonly<Record<PromptToken, number>>;
  /** What the tokenizer itself puts after every prompt. */
  readonly closing: readonly number[];
  /** Token ids of a text; what in it looks like a special token is left out, so that no text can end its turn. */
  encode(text: string): number[];
};

/**
 * Makes the tokenizer of a Qwen3-VL's parsed `tokenizer.json`.
 *
 * @throws RangeError where it lacks Qwen3-VL's special tokens
 */
export function promptTokenizer(tokenizerJson: object): PromptTokenizer {
  const tokenizer = new Tokenizer(tokenizerJson, {});
  const special = Object.fromEntries(
    Object.entries(CONTENTS).map(([name, content]) => {
      const id = tokenizer.token_to_id(content);
      if (id === undefined) {
        throw new RangeError(`The tokenizer has no ${content}: it is not Qwen3-VL's`);
      }
      return [name, id];
    }),
  ) as Record<PromptToken, number>;
  const reserved = new Set(Object.values(special));
  return {
    special,
    closing: tokenizer.encode('', { add_special_tokens: true }).ids,
    encode: (text) =>
      tokenizer
        .encode(text, { add_special_tokens: false })
        .ids.filter((id: number) => !reserved.has(id)),
  };
}
