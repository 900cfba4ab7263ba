import { UNIT_NAMES, ZERO_NAMES } from './number-names.ts';
import { type NumberReading, readNumber } from './number-reading.ts';

const SIGNS = new Map([
  ['minus', '-'],
  ['negative', '-'],
  ['plus', '+'],
  ['positive', '+'],
]);
const CURRENCIES = new Map([
  ['dollar', '$'],
  ['dollars', '$'],
  ['pound', '£'],
  ['pounds', '£'],
  ['euro', '€'],
  ['euros', '€'],
  ['cent', '¢'],
  ['cents', '¢'],
]);
const REPEATS = new Map([
  ['double', 2],
  ['triple', 3],
]);
const SPELLED_DIGITS = { currency: '', suffix: '', mayGoOn: true, mayFollow: true };

/**
 * Writes the number words of a text in digits: `twenty one` becomes `21`,
 * `nineteen sixty one` `1961`, `third` `3rd`, `five percent` `5%`, `two dollars`
 * `$2`. A one that stands alone stays a word, as it often is none.
 *
 * @param text lower case, words separated by one space
 */
export function withDigits(text: string): string {
  const words = apart(text).split(' ');
  const written: string[] = [];
  for (let index = 0; index < words.length; ) {
    const quantity = readQuantity(words, index);
    written.push(quantity?.text ?? words[index]!);
    index = quantity?.end ?? index + 1;
  }
  return written
    .join(' ')
    .replace(/([$£€]\d+) (?:and )?¢(\d{1,2})\b/g, (_, whole: string, cents: string) => {
      return `${whole}.${cents.padStart(2, '0')}`;
    })
    .replace(/[$£€]0\.(\d{1,2})\b/g, (_, cents: string) => `¢${Number(cents.padEnd(2, '0'))}`)
    .replace(/(?<![\w.$£€¢+-])1(s?)(?![\w.%])/g, 'one$1');
}

/** Digits and letters are words of their own, but for the endings of `3rd` and `1960s`. */
function apart(text: string): string {
  return text
    .replace(/([a-z])(?=\d)/g, '$1 ')
    .replace(/(\d)(?=[a-z])/g, '$1 ')
    .replace(/(\d) (st|nd|rd|th|s)\b/g, '$1$2');
}

/** A number with its sign before it, and its currency or percentage after it. */
function readQuantity(
  words: readonly string[],
  start: number,
): { text: string; end: number } | undefined {
  const sign = SIGNS.get(words[start]!) ?? '';
  const number = readSequence(words, sign === '' ? start : start + 1);
  if (number === undefined) {
    return undefined;
  }
  const { digits, suffix, currency, end } = number;
  const text = `${currency}${sign}${digits}${suffix}`;
  if (suffix !== '' || currency !== '') {
    return { text, end };
  }
  const unit = CURRENCIES.get(words[end] ?? '');
  if (unit !== undefined) {
    return { text: `${unit}${text}`, end: end + 1 };
  }
  const percentWords = countPercentWords(words, end);
  return percentWords === 0 ? { text, end } : { text: `${text}%`, end: end + percentWords };
}

function countPercentWords(words: readonly string[], at: number): number {
  if (words[at] === 'percent') {
    return 1;
  }
  return words[at] === 'per' && words[at + 1] === 'cent' ? 2 : 0;
}

/**
 * Numbers below a hundred said one after another are one number: the digits of a
 * telephone number, the halves of a year.
 */
function readSequence(words: readonly string[], start: number): NumberReading | undefined {
  let whole = readRepeated(words, start) ?? readNumber(words, start);
  while (whole?.mayGoOn) {
    const next =
      readZero(words, whole.end) ?? readRepeated(words, whole.end) ?? readNumber(words, whole.end);
    if (!next?.mayFollow) {
      break;
    }
    whole = { ...next, digits: whole.digits + next.digits, currency: whole.currency };
  }
  return whole;
}

/** `double seven`, `triple o`. */
function readRepeated(words: readonly string[], start: number): NumberReading | undefined {
  const times = REPEATS.get(words[start] ?? '');
  const digit = readZero(words, start + 1)?.digits ?? UNIT_NAMES.get(words[start + 1] ?? '');
  return times === undefined || digit === undefined
    ? undefined
    : { ...SPELLED_DIGITS, digits: String(digit).repeat(times), end: start + 2 };
}

/** A zero among digits, where `oh` is one. */
function readZero(words: readonly string[], at: number): NumberReading | undefined {
  return ZERO_NAMES.has(words[at] ?? '')
    ? { ...SPELLED_DIGITS, digits: '0', end: at + 1 }
    : undefined;
}
