/**
 * A tokenizer in the form of Qwen3-VL-Embedding's: its way of splitting texts, its special
 * tokens, its closing token after every prompt; but each byte is a token, except for
 * two line breaks together.
 */
const SPECIAL_TOKENS = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|vision_pad|>',
  '<|image_pad|>',
  '<|video_pad|>',
];

const LINE_BREAK = byteCharacter(0x0a);
const BYTES = Array.from({ length: 256 }, (_, byte) => byteCharacter(byte));
const WORDS = [...BYTES, LINE_BREAK + LINE_BREAK];

export const VOCABULARY_SIZE = WORDS.length + SPECIAL_TOKENS.length;

export const QWEN3_VL_TOKENIZER = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: SPECIAL_TOKENS.map((content, index) => ({
    id: WORDS.length + index,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: { type: 'NFC' },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex:
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    ],
  },
  post_processor: {
    type: 'Sequence',
    processors: [
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      {
        type: 'TemplateProcessing',
        single: [
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '<|endoftext|>', type_id: 0 } },
        ],
        pair: [],
        special_tokens: {
          '<|endoftext|>': {
            id: '<|endoftext|>',
            ids: [WORDS.length],
            tokens: ['<|endoftext|>'],
          },
        },
      },
    ],
  },
  decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    merges: [[LINE_BREAK, LINE_BREAK]],
  },
};

/** The text of token ids, special tokens by their contents. */
export function writtenTokens(ids: readonly number[]): string {
  const bytes = ids.flatMap((id) => {
    const special = SPECIAL_TOKENS[id - WORDS.length];
    const doubled = WORDS.length - 1;
    return special === undefined
      ? id === doubled
        ? [0x0a, 0x0a]
        : [id]
      : [...Buffer.from(special, 'utf8')];
  });
  return Buffer.from(bytes).toString('utf8');
}

/** The character that stands for a byte: itself where it can be seen, else one from U+0100 on. */
function byteCharacter(byte: number): string {
  const isSeen = (code: number) =>
    (code >= 0x21 && code <= 0x7e) || (code >= 0xa1 && code <= 0xac) || code >= 0xae;
  const hiddenBefore = Array.from({ length: byte }, (_, code) => code).filter(
    (code) => !isSeen(code),
  ).length;
  return String.fromCharCode(isSeen(byte) ? byte : 0x100 + hiddenBefore);
}
