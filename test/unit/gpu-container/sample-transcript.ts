import type { Segment, Speaker, Transcript } from '#contracts/transcript.ts';

/** A segment with the scores of a clean recognition. */
export function sampleSegment(fields: Partial<Segment> & Pick<Segment, 'text'>): Segment {
  return {
    id: 0,
    start: 0,
    end: 2,
    avgLogprob: -0.2,
    noSpeechProb: 0.01,
    compressionRatio: 1.2,
    temperature: 0,
    ...fields,
  };
}

/** A speaker who was told apart from the others. */
export function sampleSpeaker(label: string, fields: Partial<Speaker> = {}): Speaker {
  return { label, talkSeconds: 4, confidence: 0.9, ...fields };
}

/** A transcript document around the segments. */
export function sampleTranscript(
  segments: readonly Segment[],
  fields: Partial<Transcript> = {},
): Transcript {
  return {
    schemaVersion: '1.1',
    jobId: '01J9Z3X8M4T6V7W8Y9ABCDEFGH',
    media: { durationSeconds: 10, speechSeconds: 8 },
    model: 'tiny',
    task: 'transcribe',
    language: { code: 'en', probability: 0.98 },
    text: segments.map(({ text }) => text).join(' '),
    segments: [...segments],
    warnings: [],
    metrics: { stages: [], realTimeFactor: 5 },
    metadata: {},
    ...fields,
  };
}
