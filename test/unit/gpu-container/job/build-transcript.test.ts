import { describe, expect, it } from '@jest/globals';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { transcriptSchema, warning } from '#contracts/transcript.ts';
import { buildTranscript } from '../../../../gpu-container/src/job/build-transcript.ts';
import { mergeChannels } from '../../../../gpu-container/src/job/merge-channels.ts';
import { sampleChannel } from './sample-channel.ts';
import { sampleRecord } from './sample-job.ts';

function build(
  texts: readonly string[],
  channelNumbers: readonly (number | undefined)[] = [undefined],
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
});
