import { describe, expect, it } from '@jest/globals';
import { assignSpeakers } from '../../../../../gpu-container/src/diarize/assign/assign-speakers.ts';
import { speakersOfChannels } from '../../../../../gpu-container/src/diarize/assign/channel-speakers.ts';
import { spokenSegment } from './spoken-words.ts';

const CALL = speakersOfChannels([
  { channel: 2, speech: [{ start: 1, end: 4 }] },
  { channel: 1, speech: [] },
  {
    channel: 0,
    speech: [
      { start: 0, end: 2 },
      { start: 5, end: 6 },
    ],
  },
]);

describe('channels as speakers', () => {
  it('are in the order of the channels, with the speech on each as its turns', () => {
    expect(CALL.turns).toEqual([
      { start: 0, end: 2, speaker: 0 },
      { start: 1, end: 4, speaker: 2 },
      { start: 5, end: 6, speaker: 0 },
    ]);
    expect(CALL.speakers).toHaveLength(3);
  });

  it('have what is said on their channel, whoever else talks', () => {
    const { segments, speakers } = assignSpeakers(
      [
        { ...spokenSegment('Can you hear me?', 1, 3), channel: 0 },
        { ...spokenSegment('Loud and clear.', 1.5, 3), channel: 2 },
      ],
      CALL,
    );

    expect(segments.map(({ channel, speaker }) => [channel, speaker])).toEqual([
      [0, 'SPEAKER_00'],
      [2, 'SPEAKER_01'],
    ]);
    expect(segments[0]?.words?.map(({ overlap }) => overlap ?? false)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    // Channel 1 is silent.
    expect(speakers.map(({ talkSeconds }) => talkSeconds)).toEqual([3, 3]);
  });

  it('share out the words of the mix by who talks on which channel', () => {
    const { segments } = assignSpeakers([spokenSegment('Hello? Yes, hello. Good.', 0, 6)], CALL);

    expect(segments.map(({ speaker, text }) => [speaker, text])).toEqual([
      ['SPEAKER_00', 'Hello?'],
      ['SPEAKER_01', 'Yes, hello.'],
      ['SPEAKER_00', 'Good.'],
    ]);
  });
});
