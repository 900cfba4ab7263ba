/**
 * Letters of European alphabets that Unicode does not decompose into a base
 * letter and a mark.
 */
const INDIVISIBLE_LETTERS = new Map(
  Object.entries({
    œ: 'oe',
    Œ: 'OE',
    ø: 'o',
    Ø: 'O',
    æ: 'ae',
    Æ: 'AE',
    ß: 'ss',
    ẞ: 'SS',
    đ: 'd',
    Đ: 'D',
    ð: 'd',
    Ð: 'D',
    þ: 'th',
    Þ: 'th',
    ł: 'l',
    Ł: 'L',
  }),
);

/** Takes out what is in square, angle or round brackets: remarks, not speech. */
export function withoutRemarks(text: string): string {
  return text.replace(/[<[][^>\]]*[>\]]/g, '').replace(/\([^)]+\)/g, '');
}

/** Marks, symbols and punctuation become spaces. */
export function withoutSymbols(text: string): string {
  return text.normalize('NFKC').replace(/[\p{M}\p{S}\p{P}]/gu, ' ');
}

/**
 * Letters lose their marks (`é` becomes `e`), symbols and punctuation become
 * spaces, except for the characters in `kept`.
 */
export function withoutSymbolsAndDiacritics(text: string, kept: string): string {
  return [...text.normalize('NFKD')]
    .map((character) => {
      if (kept.includes(character)) {
        return character;
      }
      const letter = INDIVISIBLE_LETTERS.get(character);
      if (letter !== undefined) {
        return letter;
      }
      if (/\p{Mn}/u.test(character)) {
        return '';
      }
      return /[\p{M}\p{S}\p{P}]/u.test(character) ? ' ' : character;
    })
    .join('');
}

/** One space between words, none around. */
export function withSingleSpaces(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
