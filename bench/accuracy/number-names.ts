const ONES = 'one two three four five six seven eight nine'.split(' ');
const TEENS =
  'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** How a zero is said among digits. */
export const ZERO_NAMES: ReadonlySet<string> = new Set(['zero', 'o', 'oh']);
/** 1 to 9. */
export const UNIT_NAMES: ReadonlyMap<string, number> = new Map(
  ONES.map((name, index) => [name, index + 1]),
);
/** 10 to 19. */
export const TEEN_NAMES: ReadonlyMap<string, number> = new Map(
  TEENS.map((name, index) => [name, index + 10]),
);
/** 20, 30, … 90. */
export const TENS_NAMES: ReadonlyMap<string, number> = new Map(
  TENS.map((name, index) => [name, (index + 2) * 10]),
);
/** Multiply what is said before them. */
export const SCALE_NAMES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
]);

const IRREGULAR_ORDINALS = new Map(
  Object.entries({
    first: 'one',
    second: 'two',
    third: 'three',
    fifth: 'five',
    eighth: 'eight',
    ninth: 'nine',
    twelfth: 'twelve',
  }),
);

const CARDINALS = new Set([
  ...UNIT_NAMES.keys(),
  ...TEEN_NAMES.keys(),
  ...TENS_NAMES.keys(),
  'hundred',
  ...SCALE_NAMES.keys(),
]);

/** What the end of a number word says beside its value: `twentieth`, `twenties`, `twentieths`. */
export type NumberForm = { cardinal: string; isOrdinal: boolean; isPlural: boolean };

/** The cardinal number that a word is made from; undefined for a word that names no number. */
export function numberForm(word: string): NumberForm | undefined {
  if (CARDINALS.has(word)) {
    return { cardinal: word, isOrdinal: false, isPlural: false };
  }
  const ordinal = cardinalOfOrdinal(word);
  if (ordinal !== undefined) {
    return { cardinal: ordinal, isOrdinal: true, isPlural: false };
  }
  const singular = word.endsWith('ies')
    ? `${word.slice(0, -3)}y`
    : word.endsWith('sixes')
      ? word.slice(0, -2)
      : word.endsWith('s')
        ? word.slice(0, -1)
        : undefined;
  const form = singular === undefined || singular === 'second' ? undefined : numberForm(singular);
  return form && !form.isPlural ? { ...form, isPlural: true } : undefined;
}

function cardinalOfOrdinal(word: string): string | undefined {
  const irregular = IRREGULAR_ORDINALS.get(word);
  if (irregular !== undefined) {
    return irregular;
  }
  const stem = word.endsWith('ieth')
    ? `${word.slice(0, -4)}y`
    : word.endsWith('th')
      ? word.slice(0, -2)
      : undefined;
  return stem !== undefined && CARDINALS.has(stem) ? stem : undefined;
}

/** The letters after the digits of an ordinal: 1st, 2nd, 3rd, 4th, 11th, 21st. */
export function ordinalSuffix(value: number): string {
  const isTeen = Math.floor(value / 10) % 10 === 1;
  return (isTeen ? undefined : ['th', 'st', 'nd', 'rd'][value % 10]) ?? 'th';
}
