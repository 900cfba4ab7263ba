import { describe, expect, it } from '@jest/globals';
import { meanOf } from '../../../../../gpu-container/src/diarize/voices/voice-sample.ts';

const sample = (count: number, ...vector: number[]) => ({
  vector: Float32Array.from(vector),
  count,
});

describe('samples of a voice taken together', () => {
  it('are the mean of all their embeddings', () => {
    expect(meanOf([sample(1, 1, 0), sample(3, 0, 1)])).toEqual(sample(4, 0.25, 0.75));
    expect(meanOf([sample(2, 0.5, -0.5)])).toEqual(sample(2, 0.5, -0.5));
  });

  it('come out the same in whatever steps they are put together', () => {
    const samples = [sample(1, 0.6, 0.8), sample(2, 0.1, 0), sample(5, -0.5, 0.25)];
    const all = meanOf(samples);
    const inSteps = meanOf([meanOf(samples.slice(0, 2)), samples[2]!]);
    expect(inSteps.count).toBe(all.count);
    expect([...inSteps.vector]).toEqual([...all.vector].map((value) => expect.closeTo(value, 6)));
  });

  it('leave the samples as they are', () => {
    const one = sample(1, 1, 0);
    meanOf([one, sample(1, 0, 1)]);
    expect(one).toEqual(sample(1, 1, 0));
  });

  it('are something', () => {
    expect(() => meanOf([])).toThrow(RangeError);
  });
});
