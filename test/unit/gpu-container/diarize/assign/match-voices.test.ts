import { describe, expect, it } from '@jest/globals';
import type { Speaker } from '#contracts/transcript.ts';
import { matchVoices } from '../../../../../gpu-container/src/diarize/assign/match-voices.ts';
import { nameSpeakers } from '../../../../../gpu-container/src/diarize/assign/name-speakers.ts';

const speaker = (label: string, embedding?: number[]): Speaker => ({
  label,
  talkSeconds: 1,
  confidence: 1,
  ...(embedding && { embedding }),
});
const voice = (name: string, embedding: number[]) => ({
  name,
  embedding: Float32Array.from(embedding),
});

const SPEAKERS = [
  speaker('SPEAKER_00', [1, 0, 0]),
  speaker('SPEAKER_01', [0.8, 0.6, 0]),
  speaker('SPEAKER_02'),
];

describe('known voices', () => {
  it('name the speakers who sound most like them, one each', () => {
    const { matches, notFound } = matchVoices(
      SPEAKERS,
      [voice('Ada', [0.8, 0.6, 0]), voice('Bo', [0.96, 0.28, 0]), voice('Cy', [0, 0, 1])],
      0.5,
    );

    expect(matches).toEqual([
      { label: 'SPEAKER_01', name: 'Ada', similarity: 1 },
      { label: 'SPEAKER_00', name: 'Bo', similarity: 0.96 },
    ]);
    expect(notFound).toEqual(['Cy']);
  });

  it('match from the threshold on, and nobody below it', () => {
    const voices = [voice('Ada', [0, 1, 0])];

    expect(matchVoices(SPEAKERS, voices, 0.6).matches).toHaveLength(1);
    expect(matchVoices(SPEAKERS, voices, 0.61)).toEqual({ matches: [], notFound: ['Ada'] });
  });
});

describe('the names of speakers', () => {
  const found = {
    matches: [
      { label: 'SPEAKER_00', name: 'Ada', similarity: 0.9 },
      { label: 'SPEAKER_01', name: 'Bo', similarity: 0.8 },
    ],
    notFound: ['Cy'],
  };

  it('are those that the request has for the labels, before those of known voices', () => {
    const { speakers } = nameSpeakers(SPEAKERS, { SPEAKER_01: 'Dr. Ruiz' }, found);

    expect(speakers).toEqual([
      { ...SPEAKERS[0], name: 'Ada', match: { name: 'Ada', similarity: 0.9 } },
      { ...SPEAKERS[1], name: 'Dr. Ruiz', match: { name: 'Bo', similarity: 0.8 } },
      SPEAKERS[2],
    ]);
  });

  it('that found nobody are warned of', () => {
    const { warnings } = nameSpeakers(SPEAKERS, { SPEAKER_00: 'Ada', SPEAKER_07: 'Di' }, found);

    expect(warnings).toEqual([
      expect.objectContaining({ code: 'VOICE_NOT_FOUND', name: 'Cy' }),
      expect.objectContaining({ code: 'SPEAKER_NAME_UNUSED', name: 'SPEAKER_07' }),
    ]);
  });

  it('may be none', () => {
    expect(nameSpeakers(SPEAKERS)).toEqual({ speakers: SPEAKERS, warnings: [] });
  });
});
