import {
  numberForm,
  ordinalSuffix,
  SCALE_NAMES,
  TEEN_NAMES,
  TENS_NAMES,
  UNIT_NAMES,
  ZERO_NAMES,
} from './number-names.ts';

/** A number as it is written in digits. */
export type NumberReading = {
  digits: string;
  /** The sign that stood before the digits, or nothing. */
  currency: string;
  /** The ending of an ordinal or a plural, or nothing. */
  suffix: string;
  /** Index of the word after the number. */
  end: number;
  /** Whether the digits of a next number may be a part of it. */
  mayGoOn: boolean;
  /** Whether it may be a part of the number before it. */
  mayFollow: boolean;
};

/** A number while it is read. */
type Part = {
  value: number;
  /** As they are to be written, where they are more than the value: `007`, `2.50`. */
  digits?: string;
  currency: string;
  ending: { isOrdinal: boolean; isPlural: boolean };
  end: number;
  /** What it was last multiplied with; what follows must be smaller. */
  scale: number;
};

const NO_ENDING = { isOrdinal: false, isPlural: false };
const NUMERAL = /^([$£€¢]?)(\d+(?:\.\d+)?)$/;
/** Below a million nothing is lost to binary fractions, and spoken numbers have no more places. */
const DECIMAL_PLACES = 6;

/**
 * Reads one number from `words[start]` on: words, or a numeral and the words
 * that multiply it. Undefined where there is none.
 */
export function readNumber(words: readonly string[], start: number): NumberReading | undefined {
  let whole = readScaled(words, start, Number.POSITIVE_INFINITY);
  while (whole !== undefined && whole.scale > 1 && !isEnded(whole)) {
    const next = readScaled(words, afterAnd(words, whole.end), whole.scale);
    if (next === undefined) {
      break;
    }
    const { currency } = whole;
    whole = { ...withoutDigits(next), value: whole.value + next.value, currency };
  }
  if (whole === undefined) {
    return undefined;
  }
  const { isOrdinal, isPlural } = whole.ending;
  const digits = whole.digits ?? asDigits(whole.value);
  const isSaid = !NUMERAL.test(words[start]!);
  const isShort = isSaid && whole.value < 100 && Number.isInteger(whole.value);
  return {
    digits,
    currency: whole.currency,
    suffix: `${isOrdinal ? ordinalSuffix(whole.value) : ''}${isPlural ? 's' : ''}`,
    end: whole.end,
    mayGoOn: isShort && !isEnded(whole),
    // Two thirds are no twenty-thirds.
    mayFollow: isShort && !(isOrdinal && whole.value < 10),
  };
}

/** A number below a thousand and its scale; or a scale alone, which counts once. */
function readScaled(words: readonly string[], start: number, below: number): Part | undefined {
  const isFirst = below === Number.POSITIVE_INFINITY;
  const group = (isFirst ? readNumeral(words, start) : undefined) ?? readGroup(words, start);
  const { value, currency, end } = group ?? { value: 1, currency: '', end: start };
  const form = group && isEnded(group) ? undefined : numberForm(words[end] ?? '');
  const scale = form && SCALE_NAMES.get(form.cardinal);
  if (form === undefined || scale === undefined) {
    return group;
  }
  return scale < below && (isFirst || group !== undefined)
    ? { value: value * scale, currency, ending: form, end: end + 1, scale }
    : undefined;
}

/** Up to 999, or as far as hundreds are said: `nineteen hundred and six`. */
function readGroup(words: readonly string[], start: number): Part | undefined {
  const hundreds = readBelowHundred(words, start);
  const form =
    hundreds && isEnded(hundreds) ? undefined : numberForm(words[hundreds?.end ?? start] ?? '');
  if (form?.cardinal !== 'hundred') {
    return hundreds && withFraction(words, hundreds);
  }
  const whole: Part = {
    value: (hundreds?.value ?? 1) * 100,
    currency: '',
    ending: form,
    end: (hundreds?.end ?? start) + 1,
    scale: 1,
  };
  const rest = isEnded(whole) ? undefined : readBelowHundred(words, afterAnd(words, whole.end));
  return withFraction(words, rest ? { ...rest, value: whole.value + rest.value } : whole);
}

function readBelowHundred(words: readonly string[], start: number): Part | undefined {
  const word = words[start] ?? '';
  if (word === 'zero') {
    return { value: 0, currency: '', ending: NO_ENDING, end: start + 1, scale: 1 };
  }
  const form = numberForm(word);
  const tens = form && TENS_NAMES.get(form.cardinal);
  const value = tens ?? (form && (UNIT_NAMES.get(form.cardinal) ?? TEEN_NAMES.get(form.cardinal)));
  if (form === undefined || value === undefined) {
    return undefined;
  }
  const whole: Part = { value, currency: '', ending: form, end: start + 1, scale: 1 };
  const unitForm =
    tens === undefined || isEnded(whole) ? undefined : numberForm(words[start + 1] ?? '');
  const unit = unitForm && UNIT_NAMES.get(unitForm.cardinal);
  return unitForm === undefined || unit === undefined
    ? whole
    : { ...whole, value: value + unit, ending: unitForm, end: start + 2 };
}

/** Digits as someone wrote them, which a hundred may multiply. */
function readNumeral(words: readonly string[], start: number): Part | undefined {
  const [, currency, digits] = NUMERAL.exec(words[start] ?? '') ?? [];
  if (currency === undefined || digits === undefined) {
    return undefined;
  }
  const numeral: Part = {
    value: Number(digits),
    digits,
    currency,
    ending: NO_ENDING,
    end: start + 1,
    scale: 1,
  };
  if (words[start + 1] === 'hundred') {
    return { ...withoutDigits(numeral), value: numeral.value * 100, end: start + 2 };
  }
  return withFraction(words, numeral);
}

/** `point five`, `and a half`. */
function withFraction(words: readonly string[], whole: Part): Part {
  const { end } = whole;
  if (isEnded(whole) || whole.digits?.includes('.')) {
    return whole;
  }
  if (words.slice(end, end + 3).join(' ') === 'and a half') {
    return { ...withoutDigits(whole), value: whole.value + 0.5, end: end + 3 };
  }
  const decimals: string[] = [];
  if (words[end] === 'point') {
    for (const word of words.slice(end + 1)) {
      const digit = ZERO_NAMES.has(word) ? 0 : UNIT_NAMES.get(word);
      if (digit === undefined) {
        break;
      }
      decimals.push(String(digit));
    }
  }
  if (decimals.length === 0) {
    return whole;
  }
  const digits = `${whole.digits ?? asDigits(whole.value)}.${decimals.join('')}`;
  return { ...whole, value: Number(digits), digits, end: end + 1 + decimals.length };
}

function afterAnd(words: readonly string[], at: number): number {
  return words[at] === 'and' ? at + 1 : at;
}

function isEnded({ ending }: Part): boolean {
  return ending.isOrdinal || ending.isPlural;
}

function withoutDigits({ digits: _, ...part }: Part): Part {
  return part;
}

function asDigits(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(DECIMAL_PLACES)));
}
