import { type TextTokenizer, textTokenizer } from '../../transcribe/tokenizer.ts';

/** Positions of the text model, its two special tokens included. */
const CONTEXT_LENGTH = 77;
const START_OF_TEXT = '<|startoftext|>';
const END_OF_TEXT = '<|endoftext|>';

/** CLIP's byte pairs, between texts and the token ids of its text model. */
export type ClipTokenizer = {
  /** Start, text, end: at most 77 ids; of a longer text the rest is lost, not the end token. */
  tokenize(text: string): number[];
  /** The end token, which also fills up the shorter texts of a batch. */
  readonly endOfText: number;
};

/**
 * Makes the tokenizer of a CLIP's parsed `tokenizer.json`.
 *
 * @throws RangeError where it lacks CLIP's special tokens
 */
export function clipTokenizer(tokenizerJson: object): ClipTokenizer {
  const tokenizer = textTokenizer(tokenizerJson);
  const startOfText = specialToken(tokenizer, START_OF_TEXT);
  const endOfText = specialToken(tokenizer, END_OF_TEXT);
  return {
    endOfText,
    tokenize: (text) => [
      startOfText,
      ...tokenizer.encode(text).slice(0, CONTEXT_LENGTH - 2),
      endOfText,
    ],
  };
}

function specialToken(tokenizer: TextTokenizer, content: string): number {
  const id = tokenizer.tokenId(content);
  if (id === undefined) {
    throw new RangeError(`The tokenizer has no ${content}: it is not CLIP's`);
  }
  return id;
}

export type PaddedTokens = {
  /** [texts, positions], the rows of one length */
  readonly ids: number[][];
  /** [texts, positions]: 1 where a token is of the text, its special ones included */
  readonly mask: number[][];
};

/**
 * Fills token rows up to the longest with the end token. CLIP attends to nothing
 * after a token and reads the text at its first end token, so that padding changes
 * no embedding.
 */
export function padTokens(rows: readonly (readonly number[])[], endOfText: number): PaddedTokens {
  const width = Math.max(0, ...rows.map((row) => row.length));
  return {
    ids: rows.map((row) => [...row, ...Array<number>(width - row.length).fill(endOfText)]),
    mask: rows.map((row) => Array.from({ length: width }, (_, at) => (at < row.length ? 1 : 0))),
  };
}
