import { withAmericanSpelling } from './american-spelling.ts';
import { withoutContractions } from './contractions.ts';
import { withDigits } from './number-words.ts';
import {
  withoutRemarks,
  withoutSymbols,
  withoutSymbolsAndDiacritics,
  withSingleSpaces,
} from './plain-text.ts';

const HESITATIONS = /\b(?:hmm|mm|mhm|mmm|uh|um)\b/g;
/** They belong to numbers, and are removed where no number is beside them. */
const NUMBER_SYMBOLS = '.%$¢€£';

/**
 * English text as it is compared: words alone, spelled and abbreviated in one
 * way, numbers in digits. The rules are those of Whisper's English normaliser
 * (Radford et al., 2022, appendix C), but for the British spellings, which are
 * rules and stems here instead of its table of 1,700 words. It must be applied
 * to reference and hypothesis alike.
 */
export function normalizeEnglish(text: string): string {
  const words = withoutContractions(
    withoutRemarks(text.toLowerCase().replaceAll('’', "'"))
      .replace(HESITATIONS, '')
      .replace(/\s+'/g, "'"),
  );
  const plain = withoutSymbolsAndDiacritics(
    words.replace(/(\d),(?=\d)/g, '$1').replace(/\.(?=\D|$)/g, ' '),
    NUMBER_SYMBOLS,
  );
  const numbers = withDigits(withSingleSpaces(plain))
    .replace(/[.$¢€£](?=\D|$)/g, ' ')
    .replace(/(\D|^)%/g, '$1 ');
  return withSingleSpaces(withAmericanSpelling(numbers));
}

/** Text of any other language as it is compared: lower case, no punctuation (Radford et al., appendix C). */
export function normalizeOther(text: string): string {
  return withSingleSpaces(withoutSymbols(withoutRemarks(text.toLowerCase())));
}
