import { describe, expect, it } from '@jest/globals';
import {
  type SpeechRegionOptions,
  speechRegions,
} from '../../../../gpu-container/src/vad/speech-regions.ts';

const FRAME = 0.032;
const BARE: SpeechRegionOptions = { paddingSeconds: 0, minSpeechSeconds: 0 };

/** Probabilities from runs of [probability, frames]. */
function runs(...parts: [probability: number, frames: number][]): Float32Array {
  return Float32Array.from(parts.flatMap(([value, frames]) => Array(frames).fill(value)));
}

function regionsOf(probabilities: Float32Array, options: SpeechRegionOptions = BARE) {
  return speechRegions(probabilities, probabilities.length * FRAME, options);
}

/** Bounds in frames, which read better than multiples of 32 ms. */
function frames(regions: { start: number; end: number }[]): number[][] {
  return regions.map(({ start, end }) => [start, end].map((seconds) => seconds / FRAME));
}

function expectFrames(actual: number[][], expected: number[][]): void {
  expect(actual.flat().map((value) => Number(value.toFixed(6)))).toEqual(expected.flat());
}

describe('speechRegions', () => {
  it('begins at the threshold and ends below the lower one', () => {
    const regions = regionsOf(runs([0.49, 10], [0.5, 10], [0.36, 10], [0.34, 10]));

    expectFrames(frames(regions), [[10, 30]]);
  });

  it('does not begin between the two thresholds', () => {
    expect(regionsOf(runs([0.1, 5], [0.45, 20], [0.1, 5]))).toEqual([]);
  });

  it('goes on over a silence shorter than the minimum', () => {
    const regions = regionsOf(runs([0.9, 10], [0.1, 3], [0.9, 10], [0.1, 10]));

    expectFrames(frames(regions), [[0, 23]]);
  });

  it('ends at the start of a silence of the minimum length', () => {
    const regions = regionsOf(runs([0.9, 10], [0.1, 5], [0.9, 10], [0.1, 10]));

    expectFrames(frames(regions), [
      [0, 10],
      [15, 25],
    ]);
  });

  it('counts silence from its first quiet frame over frames that stay undecided', () => {
    const regions = regionsOf(runs([0.9, 10], [0.1, 1], [0.4, 4], [0.1, 1], [0.9, 5], [0.1, 9]));

    expectFrames(frames(regions), [
      [0, 10],
      [16, 21],
    ]);
  });

  it('drops speech that is too short', () => {
    const probabilities = runs([0.1, 5], [0.9, 7], [0.1, 10], [0.9, 8], [0.1, 10]);
    const regions = regionsOf(probabilities, { paddingSeconds: 0 });

    expectFrames(frames(regions), [[22, 30]]);
  });

  it('ends speech that lasts to the end with the recording', () => {
    const regions = speechRegions(runs([0.1, 5], [0.9, 20]), 24.5 * FRAME, BARE);

    expectFrames(frames(regions), [[5, 24.5]]);
  });

  it('pads by half of a narrow gap at most, and never past the recording', () => {
    const probabilities = runs([0.1, 2], [0.9, 20], [0.1, 10], [0.9, 20], [0.1, 40]);
    const regions = regionsOf(probabilities, { ...BARE, paddingSeconds: 8 * FRAME });

    expectFrames(frames(regions), [
      [0, 27],
      [27, 60],
    ]);
  });

  it('cuts a region over the maximum at its quietest frame in the second half', () => {
    const probabilities = runs([0.9, 70], [0.6, 1], [0.9, 40], [0.55, 1], [0.9, 20]);
    const regions = regionsOf(probabilities, { ...BARE, maxRegionSeconds: 100 * FRAME });

    expectFrames(frames(regions), [
      [0, 70.5],
      [70.5, 132],
    ]);
  });

  it('leaves no piece over the maximum of an endless region', () => {
    const maxRegionSeconds = 100 * FRAME;
    const regions = regionsOf(runs([0.9, 1000]), { ...BARE, maxRegionSeconds });

    expect(Math.max(...regions.map(({ start, end }) => end - start))).toBeLessThanOrEqual(
      maxRegionSeconds,
    );
    expect(regions[0]?.start).toBe(0);
    expect(regions.at(-1)?.end).toBeCloseTo(1000 * FRAME);
    expect(regions.slice(1).map(({ start }) => start)).toEqual(
      regions.slice(0, -1).map(({ end }) => end),
    );
  });

  it('finds nothing in nothing', () => {
    expect(regionsOf(new Float32Array(0))).toEqual([]);
  });
});
