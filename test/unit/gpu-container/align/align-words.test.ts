import { describe, expect, it } from '@jest/globals';
import { alignWords, type WindowPass } from '../../../../gpu-container/src/align/align-words.ts';
import { timesOf } from './sample-words.ts';

/** Token 0 is heard from frame 0, and so on; the last onset is where the text ends. */
function passWithOnsets(onsets: readonly number[], frames: number): WindowPass {
  const ends = [...onsets.slice(1), frames];
  const head = onsets.flatMap((onset, row) =>
    Array.from({ length: frames }, (_, frame) => (frame >= onset && frame < ends[row]! ? 0.1 : 0)),
  );
  return {
    attention: { heads: [Float32Array.from(head)], positions: onsets.length, frames },
    textFrom: 0,
    probabilities: onsets.slice(1).map((_, index) => (index % 2 === 0 ? 0.4 : 0.8)),
  };
}

describe('aligning words', () => {
  const segments = [
    {
      start: 0,
      end: 1.2,
      text: 'Hello, you',
      words: [
        { text: ' Hello', tokens: [1, 2] },
        { text: ',', tokens: [3] },
        { text: ' you', tokens: [4] },
      ],
    },
    { start: 1.2, end: 1.6, text: 'there', words: [{ text: ' there', tokens: [5] }] },
  ];
  const pass = passWithOnsets([0, 10, 20, 30, 50, 70], 100);

  it('gives each word the time from its first token to the token after it', () => {
    const [first, second] = alignWords(segments, pass, 100, [], 2);

    expect(timesOf(first!.words!)).toEqual([
      ['Hello,', 0, 0.4],
      [' you', 0.6, 1],
    ]);
    expect(timesOf(second!.words!)).toEqual([['there', 1, 1.4]]);
  });

  it('joins to the text of the segment, which reaches from the first to the last word', () => {
    for (const segment of alignWords(segments, pass, 100, [], 2)) {
      expect(segment.words!.map(({ text }) => text).join('')).toBe(segment.text);
      expect(segment.start).toBe(segment.words![0]!.start);
      expect(segment.end).toBe(segment.words!.at(-1)!.end);
    }
  });

  it('gives a word the mean probability of its tokens', () => {
    const [first] = alignWords(segments, pass, 100, [], 2);

    expect(first!.words![0]!.probability).toBeCloseTo(0.6);
  });

  it('lets no word end after what is settled', () => {
    const [, second] = alignWords(segments, pass, 100, [], 1.2);

    expect(second!.words![0]).toMatchObject({ start: 1, end: 1.2 });
  });
});
