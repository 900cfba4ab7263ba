import { describe, expect, it } from '@jest/globals';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { transcriptSchema, warning } from '#contracts/transcript.ts';
import { buildTranscript } from '../../../../gpu-container/src/job/build-transcript.ts';
import { sampleSegment } from '../sample-transcript.ts';
import { sampleRecord } from './sample-job.ts';

function build(texts: readonly string[]) {
  return buildTranscript({
    record: sampleRecord({}, { metadata: { course: 'history' } }),
    task: transcriptionSchema.parse({ model: 'tiny' }),
    state: {
      cursor: { span: 1, seekSamples: 0 },
      language: { code: 'en', probability: 0.9 },
      segments: texts.map((text) => {
        const { id: _, ...segment } = sampleSegment({ text });
        return segment;
      }),
      warnings: texts.length === 0 ? [warning('NO_SPEECH')] : [],
    },
    durationSeconds: 30,
    speechSeconds: 20,
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

  it('names no language where nobody spoke', () => {
    expect(build([]).language).toEqual({ code: null, probability: null });
  });
});
