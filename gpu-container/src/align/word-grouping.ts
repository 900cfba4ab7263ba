import { isPunctuation } from './punctuation.ts';

/** Tokens that make up one word, and its text as written: leading space and all. */
export type TokenWord = { text: string; tokens: readonly number[] };

/** Written without spaces between words: what a token adds is taken for a word. */
const UNSPACED_LANGUAGES: ReadonlySet<string> = new Set(['zh', 'ja', 'th', 'lo', 'my', 'yue']);

const REPLACEMENT = '\ufffd';

/**
 * Groups text tokens into words: where the language writes spaces, from one
 * space to the next, with punctuation apart, so that a pause counts as the
 * comma's and not the word's; elsewhere into the smallest runs of tokens that
 * are whole characters. The texts joined are the text of the tokens.
 *
 * @param language ISO 639-1 code of the text
 */
export function groupTokens(
  tokens: readonly number[],
  decode: (tokens: readonly number[]) => string,
  language: string,
): TokenWord[] {
  const pieces = joinBlanks(wholeCharacters(tokens, decode));
  return UNSPACED_LANGUAGES.has(language) ? pieces : joinAtSpaces(pieces);
}

/** A character outside ASCII may be spread over tokens, none of which can be decoded alone. */
function wholeCharacters(
  tokens: readonly number[],
  decode: (tokens: readonly number[]) => string,
): TokenWord[] {
  const text = decode(tokens);
  const pieces: TokenWord[] = [];
  let offset = 0;
  let gathered: number[] = [];
  for (const token of tokens) {
    gathered.push(token);
    const decoded = decode(gathered);
    const broken = decoded.indexOf(REPLACEMENT);
    // The model may write bytes that are no character even in the whole text.
    if (broken === -1 || text[offset + broken] === REPLACEMENT) {
      pieces.push({ text: decoded, tokens: gathered });
      offset += decoded.length;
      gathered = [];
    }
  }
  const last = pieces.at(-1);
  if (gathered.length > 0 && last !== undefined) {
    pieces[pieces.length - 1] = {
      text: last.text + text.slice(offset),
      tokens: [...last.tokens, ...gathered],
    };
  }
  return pieces;
}

/** Space that stands alone opens the next piece. */
function joinBlanks(pieces: readonly TokenWord[]): TokenWord[] {
  const filled: TokenWord[] = [];
  for (const piece of pieces) {
    const last = filled.at(-1);
    if (last !== undefined && last.text.trim() === '') {
      filled[filled.length - 1] = joined(last, piece);
    } else {
      filled.push(piece);
    }
  }
  return filled;
}

function joinAtSpaces(pieces: readonly TokenWord[]): TokenWord[] {
  const words: TokenWord[] = [];
  for (const piece of pieces) {
    const word = words.at(-1);
    if (word === undefined || /^\s/.test(piece.text) || isPunctuation(piece.text)) {
      words.push(piece);
      continue;
    }
    words[words.length - 1] = joined(word, piece);
    // Punctuation with letters right behind it stands inside a word: "well-known", "3.5".
    const before = words.at(-2);
    if (before !== undefined && isPunctuation(word.text) && !/^\s/.test(word.text)) {
      words.splice(-2, 2, joined(before, words.at(-1)!));
    }
  }
  return words;
}

function joined(left: TokenWord, right: TokenWord): TokenWord {
  return { text: left.text + right.text, tokens: [...left.tokens, ...right.tokens] };
}
