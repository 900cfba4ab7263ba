import { describe, expect, it } from '@jest/globals';
import type { Granularity } from '#contracts/tasks/text-embedding.ts';
import type { Segment } from '#contracts/transcript.ts';
import type { ChunkOptions } from '../../../../../gpu-container/src/embed/text/chunks.ts';
import { passagesOf } from '../../../../../gpu-container/src/embed/text/passages.ts';
import { sampleSegment } from '../../sample-transcript.ts';

const countTokens = (text: string) => text.split(/\s+/).filter(Boolean).length;

function divide(
  segments: readonly Segment[],
  granularity: Granularity,
  { language = 'en', ...options }: { language?: string | null } & Partial<ChunkOptions> = {},
) {
  const transcript = { segments: [...segments], language: { code: language, probability: 1 } };
  return passagesOf(transcript, granularity, { countTokens, ...options });
}

const segment = (start: number, end: number, text: string, fields: Partial<Segment> = {}) =>
  sampleSegment({ start, end, text, ...fields });

/** Words of one second each, one right after another. */
function timed(start: number, text: string, fields: Partial<Segment> = {}): Segment {
  const words = text.split(/(?= )/).map((word, index) => ({
    text: word,
    start: start + index,
    end: start + index + 1,
    probability: 0.9,
  }));
  return segment(start, start + words.length, text, { words, ...fields });
}

describe('passages by segment', () => {
  it('are the segments, with who says them', () => {
    const segments = [
      segment(0, 2, ' Hello there.', { speaker: 'SPEAKER_00' }),
      segment(2, 3, 'Hi.', { channel: 1 }),
    ];
    expect(divide(segments, 'segment')).toEqual([
      { start: 0, end: 2, text: 'Hello there.', speaker: 'SPEAKER_00' },
      { start: 2, end: 3, text: 'Hi.', channel: 1 },
    ]);
  });

  it('are none of an empty transcript, as with every granularity', () => {
    for (const granularity of ['segment', 'speaker-turn', 'chunk'] as const) {
      expect(divide([], granularity)).toEqual([]);
    }
  });
});

describe('passages by speaker turn', () => {
  it('join successive segments of one speaker, whatever the pause', () => {
    const segments = [
      segment(0, 2, 'Good morning.', { speaker: 'SPEAKER_00' }),
      segment(9, 11, 'Shall we begin?', { speaker: 'SPEAKER_00' }),
      segment(11, 12, 'Yes.', { speaker: 'SPEAKER_01' }),
      segment(12, 13, 'Good.', { speaker: 'SPEAKER_00' }),
    ];
    expect(divide(segments, 'speaker-turn')).toEqual([
      { start: 0, end: 11, text: 'Good morning. Shall we begin?', speaker: 'SPEAKER_00' },
      { start: 11, end: 12, text: 'Yes.', speaker: 'SPEAKER_01' },
      { start: 12, end: 13, text: 'Good.', speaker: 'SPEAKER_00' },
    ]);
  });

  it('are paragraphs between pauses where nobody was told apart', () => {
    const segments = [segment(0, 2, 'One.'), segment(3, 4, 'Two.'), segment(5.5, 6, 'Three.')];
    expect(divide(segments, 'speaker-turn')).toEqual([
      { start: 0, end: 4, text: 'One. Two.' },
      { start: 5.5, end: 6, text: 'Three.' },
    ]);
  });

  it('keep channels apart', () => {
    const segments = [
      segment(0, 2, 'One.', { channel: 0 }),
      segment(1, 3, 'Two.', { channel: 1 }),
      segment(3, 4, 'Three.', { channel: 1 }),
    ];
    expect(divide(segments, 'speaker-turn').map(({ text, channel }) => [text, channel])).toEqual([
      ['One.', 0],
      ['Two. Three.', 1],
    ]);
  });

  it('are divided where they are longer than the model reads', () => {
    const segments = [
      segment(0, 8, 'One two three. Four five six. Seven.', { speaker: 'SPEAKER_00' }),
    ];
    const passages = divide(segments, 'speaker-turn', { maxTokens: 4, overlapTokens: 0 });
    expect(passages.map(({ text, speaker }) => [text, speaker])).toEqual([
      ['One two three.', 'SPEAKER_00'],
      ['Four five six. Seven.', 'SPEAKER_00'],
    ]);
  });
});

describe('passages by chunk', () => {
  const story = [timed(0, 'A b c. D e'), timed(5, 'f. G h i.'), timed(9, 'J k l. M n o.')];

  it('hold whole sentences, over the edges of segments, with the times of their words', () => {
    const passages = divide(story, 'chunk', { maxTokens: 6, overlapTokens: 0 });
    expect(passages).toEqual([
      { start: 0, end: 6, text: 'A b c. D e f.' },
      { start: 6, end: 12, text: 'G h i. J k l.' },
      { start: 12, end: 15, text: 'M n o.' },
    ]);
  });

  it('begin with the last sentences of the one before', () => {
    const passages = divide(story, 'chunk', { maxTokens: 9, overlapTokens: 4 });
    expect(passages).toEqual([
      { start: 0, end: 9, text: 'A b c. D e f. G h i.' },
      { start: 6, end: 15, text: 'G h i. J k l. M n o.' },
    ]);
  });

  it('repeat less where the next sentence needs the room, and always go on', () => {
    const segments = [timed(0, 'A b. C d. E f g h i. J.')];
    const passages = divide(segments, 'chunk', { maxTokens: 6, overlapTokens: 5 });
    expect(passages.map(({ text }) => text)).toEqual(['A b. C d.', 'E f g h i. J.']);
  });

  it('divide a sentence that is too long between words, nothing lost', () => {
    const words = Array.from({ length: 23 }, (_, index) => `w${index}`);
    const passages = divide([timed(0, words.join(' '))], 'chunk', {
      maxTokens: 5,
      overlapTokens: 0,
    });
    expect(Math.max(...passages.map(({ text }) => countTokens(text)))).toBeLessThanOrEqual(5);
    expect(passages.flatMap(({ text }) => text.split(' '))).toEqual(words);
    for (const { start, end, text } of passages) {
      expect([start, end]).toEqual([
        Number(text.split(' ')[0]!.slice(1)),
        start + countTokens(text),
      ]);
    }
  });

  it('keep a single word that is too long as it is', () => {
    const passages = divide([segment(0, 1, 'unbreakable')], 'chunk', {
      countTokens: (text: string) => text.length,
      maxTokens: 5,
      overlapTokens: 0,
    });
    expect(passages).toEqual([{ start: 0, end: 1, text: 'unbreakable' }]);
  });

  it('name the speaker only where one alone speaks', () => {
    const segments = [
      segment(0, 3, 'A b c.', { speaker: 'SPEAKER_00' }),
      segment(3, 6, 'D e f.', { speaker: 'SPEAKER_01' }),
      segment(6, 9, 'G h i.', { speaker: 'SPEAKER_01' }),
      segment(9, 12, 'J k l.', { speaker: 'SPEAKER_01' }),
    ];
    const passages = divide(segments, 'chunk', { maxTokens: 6, overlapTokens: 0 });
    expect(passages).toEqual([
      { start: 0, end: 6, text: 'A b c. D e f.' },
      { start: 6, end: 12, text: 'G h i. J k l.', speaker: 'SPEAKER_01' },
    ]);
  });

  it('share out the time of a segment without words by its characters', () => {
    const segments = [segment(10, 20, 'Abcd. Efgh. Ijkl. Mn')];
    const passages = divide(segments, 'chunk', { maxTokens: 2, overlapTokens: 0 });
    expect(passages).toEqual([
      { start: 10, end: 15.5, text: 'Abcd. Efgh.' },
      { start: 16, end: 20, text: 'Ijkl. Mn' },
    ]);
  });

  it('do not trust word times of a text that was edited', () => {
    const edited = { ...timed(0, 'A b c. D e f.'), text: 'Alpha b. D.' };
    const passages = divide([edited], 'chunk', { maxTokens: 2, overlapTokens: 0 });
    expect(passages.map(({ text }) => text)).toEqual(['Alpha b.', 'D.']);
    expect(passages[0]!.end).toBeCloseTo((6 * 8) / 11, 10);
  });

  it('find sentences in languages that put no space between them', () => {
    const segments = [segment(0, 6, '今日は晴れです。散歩に行きました。楽しかったです。')];
    const options = { language: 'ja', countTokens: (text: string) => text.length };
    const passages = divide(segments, 'chunk', { ...options, maxTokens: 18, overlapTokens: 0 });
    expect(passages.map(({ text }) => text)).toEqual([
      '今日は晴れです。散歩に行きました。',
      '楽しかったです。',
    ]);
  });

  it('end with their last word where the next follows without a space', () => {
    const words = [
      { text: '雨。', start: 0, end: 1, probability: 0.9 },
      { text: '雪。', start: 4, end: 5, probability: 0.9 },
    ];
    const passages = divide([segment(0, 5, '雨。雪。', { words })], 'chunk', {
      language: 'ja',
      maxTokens: 1,
      overlapTokens: 0,
    });
    expect(passages).toEqual([
      { start: 0, end: 1, text: '雨。' },
      { start: 4, end: 5, text: '雪。' },
    ]);
  });

  it('know no language and divide nevertheless', () => {
    const passages = divide(story, 'chunk', { language: null, maxTokens: 9, overlapTokens: 0 });
    expect(passages.map(({ start }) => start)).toEqual([0, 9]);
  });

  it('refuse an overlap that leaves no room for anything new', () => {
    const options = { maxTokens: 40, overlapTokens: 40 };
    expect(() => divide(story, 'chunk', options)).toThrow(RangeError);
  });
});
