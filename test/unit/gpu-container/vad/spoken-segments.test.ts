import { describe, expect, it } from '@jest/globals';
import { partSpoken } from '../../../../gpu-container/src/vad/spoken-segments.ts';

const SPEECH = [
  { start: 10, end: 12 },
  { start: 12.5, end: 12.55 },
  { start: 20, end: 25 },
];

function isSpoken(start: number, end: number): boolean {
  return partSpoken([{ start, end, text: '' }], SPEECH).spoken.length === 1;
}

describe('partSpoken', () => {
  it.each([
    ['within speech', 10.5, 11, true],
    ['around speech', 9, 13, true],
    ['between speech', 14, 19, false],
    ['before all speech', 0, 9, false],
    ['after all speech', 25, 30, false],
    ['with a tenth of a second of speech', 18, 20.11, true],
    ['with less', 18, 20.09, false],
    ['with that much in two regions', 11.94, 14, true],
    ['shorter than that, half of it speech', 19.95, 20.06, true],
    ['shorter than that, less than half of it speech', 19.9, 20.04, false],
  ])('judges a segment %s', (_, start, end, spoken) => {
    expect(isSpoken(start, end)).toBe(spoken);
  });

  it.each([
    ['that can be said in it', 0, 15, 50, true],
    ['that cannot', 0, 15, 100, false],
    ['that can be said in the speech around it', 19.5, 20.2, 29, true],
    ['that cannot be said there either', 19.5, 20.2, 31, false],
  ])('judges a text %s', (_, start, end, characters, spoken) => {
    const segment = { start, end, text: 'a'.repeat(characters) };
    expect(partSpoken([segment], SPEECH).spoken).toHaveLength(spoken ? 1 : 0);
  });

  it('parts segments, each as it is and in order', () => {
    const said = { start: 10, end: 11, text: 'said' };
    const madeUp = { start: 14, end: 16, text: 'made up' };
    const saidToo = { start: 21, end: 22, text: 'said, too' };

    expect(partSpoken([said, madeUp, saidToo], SPEECH)).toEqual({
      spoken: [said, saidToo],
      unspoken: [madeUp],
    });
  });

  it('takes all for made up where nobody speaks', () => {
    const segment = { start: 0, end: 5, text: 'made up' };

    expect(partSpoken([segment], [])).toEqual({ spoken: [], unspoken: [segment] });
    expect(partSpoken([], SPEECH)).toEqual({ spoken: [], unspoken: [] });
  });
});
