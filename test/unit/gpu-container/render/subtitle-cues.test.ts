import { describe, expect, it } from '@jest/globals';
import { displayWidth, subtitleCues } from '../../../../gpu-container/src/render/subtitle-cues.ts';
import { sampleSegment } from '../sample-transcript.ts';

const LONG_TEXT =
  'Ask not what your country can do for you, ask what you can do for your country. ' +
  'My fellow citizens of the world, ask not what America will do for you, but what together we can do for the freedom of man.';

describe('subtitle cues', () => {
  it('keep a short segment whole, on one line, with its own times', () => {
    expect(subtitleCues([sampleSegment({ start: 1, end: 3, text: 'Good morning.' })])).toEqual([
      { start: 1, end: 3, lines: ['Good morning.'] },
    ]);
  });

  it('never show more than two lines of 42 columns, nor longer than seven seconds', () => {
    const cues = subtitleCues([sampleSegment({ start: 0, end: 28, text: LONG_TEXT })]);

    expect(cues.length).toBeGreaterThan(3);
    for (const cue of cues) {
      expect(cue.lines.length).toBeLessThanOrEqual(2);
      expect(cue.end - cue.start).toBeLessThanOrEqual(7);
      for (const line of cue.lines) {
        expect(displayWidth(line)).toBeLessThanOrEqual(42);
      }
    }
  });

  it('lose and repeat no word, and follow one another without going back', () => {
    const cues = subtitleCues([sampleSegment({ start: 5, end: 33, text: LONG_TEXT })]);

    expect(cues.flatMap((cue) => cue.lines).join(' ')).toBe(LONG_TEXT);
    expect(cues[0]?.start).toBe(5);
    expect(cues.at(-1)?.end).toBeCloseTo(33, 6);
    for (const [index, cue] of cues.entries()) {
      expect(cue.end).toBeGreaterThan(cue.start);
      expect(cue.start).toBeGreaterThanOrEqual(cues[index - 1]?.end ?? 0);
    }
  });

  it('take the times of the words where they are known', () => {
    const words = LONG_TEXT.split(' ').map((text, index) => ({
      text: ` ${text}`,
      start: index,
      end: index + 0.5,
      probability: 1,
    }));
    const cues = subtitleCues([sampleSegment({ start: 0, end: 60, text: LONG_TEXT, words })]);

    expect(cues[0]?.start).toBe(0);
    expect(cues.every((cue) => Number.isInteger(cue.start))).toBe(true);
  });

  it('share a segment out evenly rather than leave a last word to itself', () => {
    const text = 'And so my fellow Americans ask not what your country can do for you,';
    const cues = subtitleCues([sampleSegment({ start: 0, end: 7.5, text })]);

    expect(cues.map(({ lines }) => lines.join(' '))).toEqual([
      'And so my fellow Americans ask not',
      'what your country can do for you,',
    ]);
  });

  it('do not give away before a pause what is said after it', () => {
    const words = [
      { text: 'Wait', start: 0, end: 0.5, probability: 1 },
      { text: ' for', start: 0.5, end: 1, probability: 1 },
      { text: ' it.', start: 2.5, end: 3, probability: 1 },
    ];
    const cues = subtitleCues([sampleSegment({ end: 3, text: 'Wait for it.', words })]);

    expect(cues.map(({ start, lines }) => [start, lines])).toEqual([
      [0, ['Wait for']],
      [2.5, ['it.']],
    ]);
  });

  it('break two lines where they come out of like length', () => {
    const [cue] = subtitleCues([
      sampleSegment({ end: 4, text: 'and so my fellow Americans ask not what your country' }),
    ]);

    expect(cue?.lines).toEqual(['and so my fellow Americans', 'ask not what your country']);
  });

  it('break scripts that write no spaces at all, and give marks above and below no width', () => {
    const text = 'สวัสดีครับวันนี้อากาศดีมากผมอยากไปเที่ยวทะเลกับเพื่อนของผมที่โรงเรียน'.repeat(4);
    const cues = subtitleCues([sampleSegment({ end: 28, text })]);

    expect(cues.flatMap((cue) => cue.lines).join('')).toBe(text);
    expect(cues.flatMap((cue) => cue.lines).every((line) => displayWidth(line) <= 42)).toBe(true);
    expect(cues.every(({ start, end }) => end - start <= 7)).toBe(true);
    expect(displayWidth('ที่')).toBe(1);
  });

  it('leave an opening bracket with the word that it opens', () => {
    for (let before = 0; before < 42; before++) {
      const text = `${'あ。'.repeat(before)}「客観的実在の判断的知識が成立する」と言った。`;
      const lines = subtitleCues([sampleSegment({ end: 7, text })]).flatMap((cue) => cue.lines);

      expect(lines.join('')).toBe(text);
      expect(lines.some((line) => line.endsWith('「') || line.startsWith('」'))).toBe(false);
    }
  });

  it('stay long enough to be read, as far as the next one lets them, and not for ever', () => {
    const cues = subtitleCues([
      sampleSegment({ start: 1, end: 1.02, text: 'Yes.' }),
      sampleSegment({ start: 1.5, end: 1.5, text: 'No.' }),
      sampleSegment({ start: 10, end: 39, text: 'Well.' }),
    ]);

    expect(cues.map(({ start, end }) => [start, end])).toEqual([
      [1, 1.5],
      [1.5, 2.3],
      [10, 17],
    ]);
  });

  it('count wide characters twice and break text that has no spaces', () => {
    const text = '客観的実在の判断的知識が成立するのである。'.repeat(3);
    const cues = subtitleCues([sampleSegment({ end: 12, text })]);

    expect(displayWidth('知識')).toBe(4);
    expect(cues.flatMap((cue) => cue.lines).join('')).toBe(text);
    expect(cues.flatMap((cue) => cue.lines).every((line) => displayWidth(line) <= 42)).toBe(true);
    expect(cues.flatMap((cue) => cue.lines).some((line) => line.startsWith('。'))).toBe(false);
  });
});
