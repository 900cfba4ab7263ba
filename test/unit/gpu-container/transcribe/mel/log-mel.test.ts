import { describe, expect, it } from '@jest/globals';
import {
  logMel,
  WINDOW_FRAMES,
  WINDOW_SAMPLES,
} from '../../../../../gpu-container/src/transcribe/mel/log-mel.ts';

function tone(hz: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, n) =>
    Math.sin((2 * Math.PI * hz * n) / 16_000),
  );
}

function loudestBin(features: Float32Array, melBins: number, frame: number): number {
  const column = Array.from(
    { length: melBins },
    (_, bin) => features[bin * WINDOW_FRAMES + frame]!,
  );
  return column.indexOf(Math.max(...column));
}

describe('logMel', () => {
  it('fills silence with one value', () => {
    expect(new Set(logMel(80)(new Float32Array(16_000)))).toEqual(new Set([-1.5]));
  });

  it('gives every window the same size', () => {
    expect(logMel(80)(new Float32Array(0))).toHaveLength(80 * WINDOW_FRAMES);
    expect(logMel(128)(tone(440, WINDOW_SAMPLES))).toHaveLength(128 * WINDOW_FRAMES);
  });

  it('raises a tone in the bins of its pitch', () => {
    const extract = logMel(80);
    const [low, high] = [extract(tone(300, 16_000)), extract(tone(3000, 16_000))];

    expect(loudestBin(low, 80, 50)).toBeLessThan(loudestBin(high, 80, 50));
    // 300 Hz are 4.5 mel, 3 kHz are 30.98; the filters' centres are 45.25 / 81 mel apart.
    expect(loudestBin(low, 80, 50)).toBe(7);
    expect(loudestBin(high, 80, 50)).toBe(54);
  });

  it('keeps to two units below the maximum', () => {
    const features = logMel(80)(tone(440, 16_000));
    const max = features.reduce((a, b) => Math.max(a, b));

    expect(features.reduce((a, b) => Math.min(a, b))).toBeCloseTo(max - 2, 5);
  });

  it('leaves earlier results alone', () => {
    const extract = logMel(80);
    const first = extract(tone(440, 16_000));
    const copy = first.slice();
    extract(tone(2000, 32_000));

    expect(first).toEqual(copy);
  });

  it('refuses more than a window', () => {
    expect(() => logMel(80)(new Float32Array(WINDOW_SAMPLES + 1))).toThrow(RangeError);
  });
});
