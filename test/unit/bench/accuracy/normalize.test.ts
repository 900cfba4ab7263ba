import { describe, expect, it } from '@jest/globals';
import { normalizeEnglish, normalizeOther } from '../../../../bench/accuracy/normalize.ts';

describe('English text', () => {
  it.each([
    ['It was LATE, "they said": nobody came!', 'it was late they said nobody came'],
    ['So [laughter] we (all of us) left <noise>.', 'so we left'],
    ['Uh, I think, um, yes. Hmm!', 'i think yes'],
    ['a  gap\tand\na line', 'a gap and a line'],
    ['café, naïve, Łódź, œuvre, straße', 'cafe naive lodz oeuvre strasse'],
    ['the U.S. and e.g. this', 'the u s and e g this'],
    ['the constructor of the bridge', 'the constructor of the bridge'],
    ['', ''],
  ])('loses case, punctuation, remarks and hesitations: %j', (text, expected) => {
    expect(normalizeEnglish(text)).toBe(expected);
  });

  it.each([
    ["I can't, won't and don't", 'i can not will not and do not'],
    ["Let's see, we're late", 'let us see we are late'],
    ["she's been there and he's got it", 'she has been there and he has got it'],
    ["it's what I'd do if they'd gone", 'it is what i would do if they had gone'],
    ['we’ve seen what you’ll get', 'we have seen what you will get'],
    ['Mr. and Mrs. Hale met Dr. Bell', 'mister and missus hale met doctor bell'],
    ['gonna, wanna and gotta', 'going to want to and got to'],
    ["you 're early", 'you are early'],
  ])('writes contractions and titles out: %j', (text, expected) => {
    expect(normalizeEnglish(text)).toBe(expected);
  });

  it.each([
    ['twenty-one dogs', '21 dogs'],
    ['one hundred and five', '105'],
    ['nineteen hundred and six', '1906'],
    ['two thousand and twenty three', '2023'],
    ['five hundred thousand two hundred and six', '500206'],
    ['nineteen sixty one', '1961'],
    ['nineteen oh five', '1905'],
    ['the nineteen sixties', 'the 1960s'],
    ['1,250 people', '1250 people'],
    ['three point one four', '3.14'],
    ['two and a half', '2.5'],
    ['nine one one', '911'],
    ['double o seven', '007'],
    ['flight 007', 'flight 007'],
    ['20 thousand', '20000'],
    ['two and three', '2 and 3'],
    ['minus five degrees', '-5 degrees'],
    ['zero', '0'],
  ])('writes number words in digits: %j', (text, expected) => {
    expect(normalizeEnglish(text)).toBe(expected);
  });

  it.each([
    ['first second third fourth', '1st 2nd 3rd 4th'],
    ['the twenty-first of May', 'the 21st of may'],
    ['the 21st of May', 'the 21st of may'],
    ['the eleventh hour', 'the 11th hour'],
    ['two thirds', '2 3rds'],
    ['on the one hundredth day', 'on the 100th day'],
  ])('writes ordinals as digits with their ending: %j', (text, expected) => {
    expect(normalizeEnglish(text)).toBe(expected);
  });

  it.each([
    ['twenty dollars', '$20'],
    ['$20', '$20'],
    ['twenty dollars and fifty cents', '$20.50'],
    ['$2.5 million', '$2500000'],
    ['two and a half million dollars', '$2500000'],
    ['fifty cents', '¢50'],
    ['$0.50', '¢50'],
    ['ten pounds', '£10'],
    ['five percent', '5%'],
    ['five per cent', '5%'],
    ['5 % of it', '5 of it'],
    ['100% of $ and %', '100% of and'],
  ])('puts currencies before numbers and per cent after them: %j', (text, expected) => {
    expect(normalizeEnglish(text)).toBe(expected);
  });

  it.each([
    ['I have 1 dog and you have one', 'i have one dog and you have one'],
    ['this one and those ones', 'this one and those ones'],
    ['1.5 or 10 or 1%', '1.5 or 10 or 1%'],
  ])('keeps a lone one a word: %j', (text, expected) => {
    expect(normalizeEnglish(text)).toBe(expected);
  });

  it.each([
    ['the colour of his neighbour’s harbour', "the color of his neighbor's harbor"],
    ['she recognised and analysed it', 'she recognized and analyzed it'],
    ['organisation and realising', 'organization and realizing'],
    ['a grey theatre in the centre', 'a gray theater in the center'],
    ['travelled, cancelling, jewellery', 'traveled, canceling, jewelry'],
    ['in defence of his licence', 'in defense of his license'],
    ['fulfil and enrolment', 'fulfill and enrollment'],
  ])('spells British and American words alike: %j', (british, american) => {
    expect(normalizeEnglish(british)).toBe(normalizeEnglish(american));
  });

  it('gives the same for a reference and for a transcript that writes it differently', () => {
    const reference = 'MISTER SMITH PAID TWENTY FIVE DOLLARS ON THE THIRD OF MAY NINETEEN TWELVE';
    const transcript = 'Mr. Smith paid $25 on the 3rd of May, 1912.';
    expect(normalizeEnglish(transcript)).toBe(normalizeEnglish(reference));
  });
});

describe('other languages', () => {
  it.each([
    ['Sous le Consulat, il devient… (rires)', 'sous le consulat il devient'],
    ['eaux et forêts', 'eaux et forêts'],
    ['客観的実在の、判断的。', '客観的実在の 判断的'],
    ['Straße [Lärm]', 'straße'],
  ])('loses case and punctuation and keeps its letters: %j', (text, expected) => {
    expect(normalizeOther(text)).toBe(expected);
  });
});
