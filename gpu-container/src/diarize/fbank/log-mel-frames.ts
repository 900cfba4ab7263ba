import { energyIn, type MelFilter } from '../../transcribe/mel/mel-filters.ts';

export const MEL_BINS = 80;
/** Samples of a frame: 25 ms. */
export const FRAME_SAMPLES = 400;
/** Samples from one frame to the next: 10 ms. */
export const HOP_SAMPLES = 160;

/** Turns 16 kHz samples into log-mel features [frames, 80], row by row; each bin's mean is 0. */
export type LogMelFeatures = (samples: Float32Array) => Float32Array;

/** The energies that a frame's power spectrum has in each filter, into a row of the features. */
export function writeMelEnergies(
  features: Float32Array,
  frame: number,
  power: Float64Array,
  filters: readonly MelFilter[],
): void {
  for (const [bin, filter] of filters.entries()) {
    features[frame * MEL_BINS + bin] = energyIn(filter, power);
  }
}

/** Takes from each bin its mean over the frames, in place. */
export function subtractMeans(features: Float32Array): void {
  const frames = features.length / MEL_BINS;
  for (let bin = 0; bin < MEL_BINS; bin++) {
    let sum = 0;
    for (let index = bin; index < features.length; index += MEL_BINS) {
      sum += features[index]!;
    }
    for (let index = bin; index < features.length; index += MEL_BINS) {
      features[index]! -= sum / frames;
    }
  }
}

/** A generalised cosine window of Hamming's coefficients; periodic ones divide by their length. */
export function hammingWindow(length: number, kind: 'symmetric' | 'periodic'): Float64Array {
  const period = kind === 'periodic' ? length : length - 1;
  return Float64Array.from(
    { length },
    (_, n) => 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / period),
  );
}

/** The bins at which a filter is above zero, with its heights there. */
export function filterOf(bins: number, heightAt: (bin: number) => number): MelFilter {
  const heights = Array.from({ length: bins }, (_, bin) => Math.max(0, heightAt(bin)));
  const firstBin = Math.max(
    0,
    heights.findIndex((height) => height > 0),
  );
  const lastBin = heights.findLastIndex((height) => height > 0);
  return { firstBin, weights: Float64Array.from(heights.slice(firstBin, lastBin + 1)) };
}
