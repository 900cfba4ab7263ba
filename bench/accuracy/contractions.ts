/** Whole words that stand for others. */
const WORDS = new Map(
  Object.entries({
    "won't": 'will not',
    "can't": 'can not',
    "let's": 'let us',
    "ain't": 'aint',
    "y'all": 'you all',
    wanna: 'want to',
    gotta: 'got to',
    gonna: 'going to',
    "i'ma": 'i am going to',
    imma: 'i am going to',
    woulda: 'would have',
    coulda: 'could have',
    shoulda: 'should have',
    "ma'am": 'madam',
    mr: 'mister',
    mrs: 'missus',
    st: 'saint',
    dr: 'doctor',
    prof: 'professor',
    capt: 'captain',
    gov: 'governor',
    ald: 'alderman',
    gen: 'general',
    sen: 'senator',
    rep: 'representative',
    pres: 'president',
    rev: 'reverend',
    hon: 'honorable',
    asst: 'assistant',
    assoc: 'associate',
    lt: 'lieutenant',
    col: 'colonel',
    jr: 'junior',
    sr: 'senior',
    esq: 'esquire',
  }),
);

/** Endings that stand for a word; what follows `'d` and `'s` tells `had` from `would`, `has` from `is`. */
const ENDINGS: readonly [RegExp, string][] = [
  [/'d (been|gone|done)\b/g, ' had $1'],
  [/'s (been|gone|got)\b/g, ' has $1'],
  [/n't\b/g, ' not'],
  [/'re\b/g, ' are'],
  [/'s\b/g, ' is'],
  [/'d\b/g, ' would'],
  [/'ll\b/g, ' will'],
  [/'t\b/g, ' not'],
  [/'ve\b/g, ' have'],
  [/'m\b/g, ' am'],
];

/** Writes contractions and titles out. Expects lower case and straight apostrophes. */
export function withoutContractions(text: string): string {
  const whole = text.replace(/(?<![\w'])[a-z]+(?:'[a-z]+)?/g, (word) => WORDS.get(word) ?? word);
  return ENDINGS.reduce((rest, [ending, words]) => rest.replace(ending, words), whole);
}
