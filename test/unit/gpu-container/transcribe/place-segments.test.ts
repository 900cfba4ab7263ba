import { describe, expect, it } from '@jest/globals';
import { placeSegments } from '../../../../gpu-container/src/transcribe/place-segments.ts';
import { sampleResult } from './sample-result.ts';

/** From 100 s to 110 s of the recording. */
const RANGE = { start: 1_600_000, end: 1_760_000 };

describe('placeSegments', () => {
  it('lets no word pass the end of the window', () => {
    const words = [
      { text: ' to', start: 9, end: 9.5, probability: 0.8 },
      { text: ' come', start: 9.5, end: 10.4, probability: 0.7 },
    ];
    const segments = [{ start: 9, end: 10.4, text: 'to come', words }];

    expect(placeSegments(sampleResult({ segments }), RANGE)).toMatchObject([
      {
        start: 109,
        end: 110,
        words: [
          { text: ' to', start: 109, end: 109.5, probability: 0.8 },
          { text: ' come', start: 109.5, end: 110, probability: 0.7 },
        ],
      },
    ]);
  });

  it.each([
    [0.0099, 0],
    [0.0101, 1],
  ])('makes of a text that takes %f s %i segments', (seconds, count) => {
    const segments = [{ start: 4, end: 4 + seconds, text: 'a' }];

    expect(placeSegments(sampleResult({ segments }), RANGE)).toHaveLength(count);
  });

  it('keeps to itself what only the recogniser has use for', () => {
    const [segment] = placeSegments(sampleResult(), RANGE);

    expect(Object.keys(segment!).toSorted()).toEqual([
      'avgLogprob',
      'compressionRatio',
      'end',
      'noSpeechProb',
      'start',
      'temperature',
      'text',
    ]);
  });
});
