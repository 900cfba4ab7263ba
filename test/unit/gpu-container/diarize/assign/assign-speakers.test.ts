import { describe, expect, it } from '@jest/globals';
import { segmentSchema } from '#contracts/transcript.ts';
import { assignSpeakers } from '../../../../../gpu-container/src/diarize/assign/assign-speakers.ts';
import { spokenSegment, wordlessSegment } from './spoken-words.ts';

const profiles = (count: number) => Array.from({ length: count }, () => ({ confidence: 0.8 }));
const said = ({ segments }: ReturnType<typeof assignSpeakers>) =>
  segments.map(({ speaker, text, start, end }) => [speaker, text, start, end]);

describe('words', () => {
  const spoken = assignSpeakers(
    [spokenSegment('Are you in? Yes, I am.', 0, 6), spokenSegment('Good. Then we begin.', 6, 10)],
    {
      turns: [
        { start: 0, end: 2.9, speaker: 1 },
        { start: 3, end: 6.9, speaker: 0 },
        { start: 7.1, end: 10, speaker: 1 },
      ],
      speakers: profiles(2),
    },
  );

  it('cut their segments where the speaker changes, and only there', () => {
    expect(said(spoken)).toEqual([
      ['SPEAKER_00', 'Are you in?', 0, 3],
      ['SPEAKER_01', 'Yes, I am.', 3, 6],
      ['SPEAKER_01', 'Good.', 6, 7],
      ['SPEAKER_00', 'Then we begin.', 7, 10],
    ]);
  });

  it('are, joined, the text of the piece, and have its speaker', () => {
    for (const [id, segment] of spoken.segments.entries()) {
      expect(segment.words?.map(({ text }) => text).join('')).toBe(segment.text);
      expect(new Set(segment.words?.map(({ speaker }) => speaker))).toEqual(
        new Set([segment.speaker]),
      );
      expect(segment).toMatchObject({ avgLogprob: -0.2, temperature: 0 });
      expect(segmentSchema.parse({ id, ...segment })).toEqual({ id, ...segment });
    }
  });

  it('leave a segment of one speaker as it was', () => {
    const segment = { ...spokenSegment('Good morning.', 1, 2), start: 0.5, end: 2.5 };
    const { segments } = assignSpeakers([segment], {
      turns: [{ start: 0, end: 3, speaker: 0 }],
      speakers: profiles(1),
    });

    expect(segments).toMatchObject([{ start: 0.5, end: 2.5, text: 'Good morning.' }]);
  });

  it('that strayed across the end of a sentence do not make a segment', () => {
    const { segments } = assignSpeakers([spokenSegment('I see you now. And I you.', 0, 1.4)], {
      turns: [
        { start: 0, end: 0.55, speaker: 0 },
        { start: 0.55, end: 1.4, speaker: 1 },
      ],
      speakers: profiles(2),
    });

    expect(segments.map(({ text }) => text)).toEqual(['I see you now.', 'And I you.']);
  });

  it('said while somebody else talks are marked, and so is their segment', () => {
    const { segments } = assignSpeakers(
      [spokenSegment('so then we go home', 0, 5), spokenSegment('and sleep', 5, 7)],
      {
        turns: [
          { start: 0, end: 7, speaker: 0 },
          { start: 2.4, end: 4.4, speaker: 1 },
        ],
        speakers: profiles(2),
      },
    );

    expect(segments.map(({ overlap }) => overlap)).toEqual([true, undefined]);
    expect(segments[0]?.words?.map(({ overlap }) => overlap ?? false)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('have no speaker where nobody was found, and lose nothing', () => {
    const segments = [spokenSegment('Good morning.', 0, 2)];

    expect(assignSpeakers(segments, { turns: [], speakers: [] })).toEqual({
      segments,
      speakers: [],
      turns: [],
    });
  });
});

describe('a segment without words', () => {
  const { segments } = assignSpeakers(
    [
      wordlessSegment('Are you in? Yes.', 0, 4),
      wordlessSegment('Good.', 4, 6),
      wordlessSegment('Bye.', 9, 9.5),
    ],
    {
      turns: [
        { start: 0, end: 1.5, speaker: 0 },
        { start: 1.5, end: 5, speaker: 1 },
        { start: 4, end: 6, speaker: 0 },
      ],
      speakers: profiles(2),
    },
  );

  it('goes as a whole to who talks for most of it, or nearest to it', () => {
    expect(segments.map(({ speaker, text }) => [speaker, text])).toEqual([
      ['SPEAKER_00', 'Are you in? Yes.'],
      ['SPEAKER_01', 'Good.'],
      ['SPEAKER_01', 'Bye.'],
    ]);
    expect(segments.every((segment) => !('words' in segment))).toBe(true);
  });

  it('is marked where at least half of it is said by two', () => {
    expect(segments.map(({ overlap }) => overlap)).toEqual([undefined, true, undefined]);
  });
});

describe('speakers', () => {
  const { speakers, turns } = assignSpeakers([spokenSegment('One two', 4, 6)], {
    turns: [
      { start: 0, end: 1.5, speaker: 3 },
      { start: 1.7, end: 3, speaker: 2 },
      { start: 4.00004, end: 6, speaker: 1 },
      { start: 8, end: 9.25, speaker: 3 },
    ],
    speakers: [
      { confidence: 0.1 },
      { confidence: 0.91234, embedding: Float32Array.of(0.6, -0.8) },
      { confidence: 0.2 },
      { confidence: 0.3 },
    ],
  });

  it('are labelled by their first word, then by their first turn, or left out', () => {
    expect(turns).toEqual([
      { start: 0, end: 1.5, speaker: 'SPEAKER_01' },
      { start: 1.7, end: 3, speaker: 'SPEAKER_02' },
      { start: 4, end: 6, speaker: 'SPEAKER_00' },
      { start: 8, end: 9.25, speaker: 'SPEAKER_01' },
    ]);
    expect(speakers.map(({ label }) => label)).toEqual(['SPEAKER_00', 'SPEAKER_01', 'SPEAKER_02']);
  });

  it('have their talk time, confidence and voice', () => {
    expect(speakers).toEqual([
      { label: 'SPEAKER_00', talkSeconds: 2, confidence: 0.9123, embedding: [0.6, -0.8] },
      { label: 'SPEAKER_01', talkSeconds: 2.75, confidence: 0.3 },
      { label: 'SPEAKER_02', talkSeconds: 1.3, confidence: 0.2 },
    ]);
  });
});
