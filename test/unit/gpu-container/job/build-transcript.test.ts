import { describe, expect, it } from '@jest/globals';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { transcriptSchema, warning } from '#contracts/transcript.ts';
import { buildTranscript } from '../../../../gpu-container/src/job/build-transcript.ts';
import { mergeChannels } from '../../../../gpu-container/src/job/merge-channels.ts';
import type { SpeakerTranscription } from '../../../../gpu-container/src/job/run-diarization.ts';
import { sampleChannel } from './sample-channel.ts';
import { sampleRecord } from './sample-job.ts';

function build(
  texts: readonly string[],
  channelNumbers: readonly (number | undefined)[] = [undefined],
  diarization?: SpeakerTranscription,
) {
  return buildTranscript({
    record: sampleRecord({}, { metadata: { course: 'history' } }),
    task: transcriptionSchema.parse({ model: 'tiny' }),
    transcription: mergeChannels(
      channelNumbers.map((channel) =>
        sampleChannel({
          ...(channel !== undefined && { channel }),
          language: { code: 'en', probability: 0.9 },
          says: texts.map((text, index) => [2 * index, 2 * index + 1 / 3, text]),
        }),
      ),
    ),
    ...(diarization && { diarization }),
    durationSeconds: 30,
    warnings: [warning('MEDIA_PARTLY_DECODED')],
    stages: [
      { stage: 'decode', wallSeconds: 1, peakRssBytes: 1 },
      { stage: 'transcribe', wallSeconds: 2, peakRssBytes: 1, device: 'cpu' },
    ],
  });
}

describe('the transcript document', () => {
  it('fits its schema, numbers the segments and joins their text', () => {
    const transcript = transcriptSchema.parse(build(['Good morning.', 'How are you?']));

    expect(transcript.segments.map(({ id }) => id)).toEqual([0, 1]);
    expect(transcript.text).toBe('Good morning. How are you?');
    expect(transcript.metadata).toEqual({ course: 'history' });
  });

  it('tells media seconds per second of work, over all stages', () => {
    expect(build(['Hello.']).metrics.realTimeFactor).toBe(10);
  });

  it('carries the warnings of every stage', () => {
    expect(build([]).warnings.map(({ code }) => code)).toEqual([
      'MEDIA_PARTLY_DECODED',
      'NO_SPEECH',
    ]);
  });

  it('numbers the segments of all channels, and fits its schema with them', () => {
    const transcript = transcriptSchema.parse(build(['Good morning.', 'How are you?'], [0, 1]));

    expect(transcript.segments.map(({ id, channel }) => [id, channel])).toEqual([
      [0, 0],
      [1, 1],
      [2, 0],
      [3, 1],
    ]);
    expect(transcript.media.speechSeconds).toBe(0.667);
    expect(transcript.channels?.map(({ speechSeconds }) => speechSeconds)).toEqual([0.667, 0.667]);
  });

  it('has the segments of the speakers, and who they are, where they were told apart', () => {
    const { segments } = mergeChannels([
      sampleChannel({
        language: null,
        says: [
          [0, 1 / 3, 'Good morning.'],
          [1 / 3, 2, 'Hello.'],
        ],
      }),
    ]);
    const transcript = transcriptSchema.parse(
      build(['Good morning. Hello.'], [undefined], {
        segments: segments.map((one, at) => ({ ...one, speaker: `SPEAKER_0${at}` })),
        speakers: [
          { label: 'SPEAKER_00', talkSeconds: 0.333, confidence: 0.5, embedding: [0.6, 0.8] },
          { label: 'SPEAKER_01', name: 'Dr. Ruiz', talkSeconds: 1.667, confidence: 0.5 },
        ],
        turns: [
          { start: 0, end: 0.333, speaker: 'SPEAKER_00' },
          { start: 0.333, end: 2, speaker: 'SPEAKER_01' },
        ],
        diarization: { backend: 'auto', models: ['voices'] },
        warnings: [],
      }),
    );

    expect(transcript.segments).toMatchObject([
      { id: 0, start: 0, end: 0.333, speaker: 'SPEAKER_00' },
      { id: 1, start: 0.333, end: 2, speaker: 'SPEAKER_01' },
    ]);
    expect(transcript.text).toBe('Good morning. Hello.');
    expect(transcript.speakers?.map(({ name }) => name)).toEqual([undefined, 'Dr. Ruiz']);
    expect(transcript.turns).toHaveLength(2);
    expect(transcript.diarization).toEqual({ backend: 'auto', models: ['voices'] });
  });
});
