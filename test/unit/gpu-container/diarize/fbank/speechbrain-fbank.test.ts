import { describe, expect, it } from '@jest/globals';
import { speechbrainFbank } from '../../../../../gpu-container/src/diarize/fbank/speechbrain-fbank.ts';
import { greatestDifference, pick, referenceSignal } from './reference-signal.ts';

/**
 * Worked out in double precision with numpy from the definition (rfft of each
 * frame, dense matrix of triangles), independently of the code under test.
 */
const REFERENCE = {
  frames: [0, 10, 40, 100],
  bins: [0, 7, 20, 39, 60, 79],
  values: [
    [11.54998, 46.75956, 40.90041, 15.1581, -4.1589, -6.32725],
    [-0.39959, -11.80292, -14.28414, -11.31537, -8.7867, -12.28001],
    [-0.30687, -0.58035, -1.75109, 0.32786, 35.44337, -3.13609],
    [0.34972, 31.25548, 33.35606, 38.98672, 6.64419, -3.54799],
  ],
};

describe('the features of SpeechBrain', () => {
  const fbank = speechbrainFbank();

  it('are those of the definition within 1e-4', () => {
    const values = pick(fbank(referenceSignal()), REFERENCE.frames, REFERENCE.bins);
    expect(greatestDifference(values, REFERENCE.values)).toBeLessThan(1e-4);
  });

  it.each([
    [1, 1],
    [159, 1],
    [160, 2],
    [16_000, 101],
  ])('makes of %d samples %d frames, one around every 160th', (samples, frames) => {
    expect(fbank(new Float32Array(samples))).toHaveLength(frames * 80);
  });

  it('shows nothing that is 80 decibels below the loudest', () => {
    // A click of the loudest power possible at one end leaves the other at the floor.
    const click = new Float32Array(8000);
    click[0] = 1;
    const features = fbank(click);
    const range = Math.max(...features) - Math.min(...features);
    expect(range).toBeLessThanOrEqual(80 + 1e-4);
    const quiet = features.slice(20 * 80, 21 * 80);
    expect(new Set(features.slice(-80).map((value, bin) => value - quiet[bin]!))).toEqual(
      new Set([0]),
    );
  });

  it('has a mean of 0 in every bin', () => {
    const features = fbank(referenceSignal());
    for (let bin = 0; bin < 80; bin++) {
      const column = features.filter((_, index) => index % 80 === bin);
      expect(column.reduce((sum, value) => sum + value, 0) / column.length).toBeCloseTo(0, 4);
    }
  });

  it('shows a tone in the bin whose tip is nearest, and not in the next but one', () => {
    const tone = Float32Array.from({ length: 16_000 }, (_, n) =>
      n < 8000 ? 0 : Math.sin((2 * Math.PI * 3000 * n) / 16_000),
    );
    const mel = (value: number) => 2595 * Math.log10(1 + value / 700);
    const place = Math.round((mel(3000) / mel(8000)) * 81) - 1;
    const last = fbank(tone).slice(75 * 80, 76 * 80);
    expect(last.indexOf(Math.max(...last))).toBe(place);
    expect(last[place]! - last[place + 3]!).toBeGreaterThan(20);
  });
});
