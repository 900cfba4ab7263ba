import { describe, expect, it } from '@jest/globals';
import { kaldiFbank } from '../../../../../gpu-container/src/diarize/fbank/kaldi-fbank.ts';
import { greatestDifference, pick, referenceSignal } from './reference-signal.ts';

/**
 * Worked out in double precision with numpy from the definition (rfft of each
 * frame, dense matrix of triangles), independently of the code under test.
 */
const REFERENCE = {
  frames: [0, 10, 40, 98],
  bins: [0, 7, 20, 39, 60, 79],
  values: [
    [0.55113, 2.77187, 2.45936, -2.04519, -4.63591, -3.89754],
    [-1.11023, -0.85779, 0.19911, -1.52036, -0.84045, -4.20199],
    [-1.78632, -0.99282, 0.08401, 0.48634, 2.6283, -0.98903],
    [1.87029, 1.12907, -1.65264, 4.80826, -0.02554, -1.24773],
  ],
};

/** A tone that sets in half-way. */
function lateTone(hz: number): Float32Array {
  return Float32Array.from({ length: 16_000 }, (_, n) =>
    n < 8000 ? 0 : Math.sin((2 * Math.PI * hz * n) / 16_000),
  );
}

describe('the features of WeSpeaker', () => {
  const fbank = kaldiFbank();

  it('are those of the definition within 1e-4', () => {
    const values = pick(fbank(referenceSignal()), REFERENCE.frames, REFERENCE.bins);
    expect(greatestDifference(values, REFERENCE.values)).toBeLessThan(1e-4);
  });

  it.each([
    [399, 0],
    [400, 1],
    [559, 1],
    [560, 2],
    [16_000, 98],
  ])('makes of %d samples %d whole frames', (samples, frames) => {
    expect(fbank(new Float32Array(samples))).toHaveLength(frames * 80);
  });

  it.each([300, 1000, 3100, 7000])(
    'shows a tone of %d Hz in the bin whose tip is nearest',
    (hz) => {
      const mel = (value: number) => 1127 * Math.log(1 + value / 700);
      const place = (mel(hz) - mel(20)) / ((mel(8000) - mel(20)) / 81) - 1;
      const last = fbank(lateTone(hz)).slice(-80);
      // Every bin has the floor before the tone, so that their means differ by the tone alone.
      expect(Math.abs(last.indexOf(Math.max(...last)) - place)).toBeLessThanOrEqual(0.5);
    },
  );

  it('is the same at any loudness, and does not mind an offset', () => {
    const signal = referenceSignal();
    const louder = fbank(signal.map((sample) => 2 * sample + 0.25));
    const features = fbank(signal);
    const differences = louder.map((value, index) => Math.abs(value - features[index]!));
    expect(Math.max(...differences)).toBeLessThan(1e-2);
  });

  it('has a mean of 0 in every bin', () => {
    const features = fbank(referenceSignal());
    for (let bin = 0; bin < 80; bin++) {
      const column = features.filter((_, index) => index % 80 === bin);
      expect(column.reduce((sum, value) => sum + value, 0) / column.length).toBeCloseTo(0, 5);
    }
  });

  it('is zero for silence', () => {
    expect(new Set(fbank(new Float32Array(4000)))).toEqual(new Set([0]));
  });
});
