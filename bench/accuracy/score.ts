import { type EditCounts, editCounts } from './edit-counts.ts';
import { normalizeEnglish, normalizeOther } from './normalize.ts';

/** Written without spaces between words, so that characters are counted instead. */
const UNSPACED_LANGUAGES = new Set(['zh', 'yue', 'ja', 'th', 'lo', 'my', 'km', 'bo']);

export type Score = EditCounts & { unit: 'word' | 'character' };

/**
 * Errors of a hypothesis, both texts normalised: words, or characters in
 * languages without spaces.
 *
 * @param language ISO 639-1
 */
export function score(reference: string, hypothesis: string, language: string): Score {
  const unit = UNSPACED_LANGUAGES.has(language) ? 'character' : 'word';
  const units = (text: string) => {
    const words = (language === 'en' ? normalizeEnglish : normalizeOther)(text).split(' ');
    return (unit === 'word' ? words : [...words.join('')]).filter((one) => one !== '');
  };
  return { ...editCounts(units(reference), units(hypothesis)), unit };
}

/** How many words a text has, whatever its language. */
export function countWords(text: string): number {
  return normalizeOther(text)
    .split(' ')
    .filter((word) => word !== '').length;
}
