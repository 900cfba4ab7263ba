/** Text of token ids, as it stands: leading space and all. Special tokens have none. */
export type DecodeTokens = (tokens: readonly number[]) => string;

/** <unk>, <s> and </s>. */
const SPECIAL_TOKENS = 3;
const SPACE_MARK = '▁';
const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/;

/**
 * Reads the vocabulary that Moonshine shares with Llama: SentencePiece pieces in
 * the order of their ids, one a line, the whole in base64. A space is written ▁,
 * and a character without a piece of its own is spelt in the pieces of its UTF-8
 * bytes. Tokens beyond the pieces are special.
 */
export function pieceVocabulary(base64: string): DecodeTokens {
  const pieces = Buffer.from(base64, 'base64').toString('utf8').split('\n').map(bytesOfPiece);
  pieces.fill(Buffer.alloc(0), 0, SPECIAL_TOKENS);
  return (tokens) => Buffer.concat(tokens.flatMap((token) => pieces[token] ?? [])).toString('utf8');
}

function bytesOfPiece(piece: string): Buffer {
  const byte = BYTE_PIECE.exec(piece)?.[1];
  return byte === undefined
    ? Buffer.from(piece.replaceAll(SPACE_MARK, ' '))
    : Buffer.from(byte, 'hex');
}
