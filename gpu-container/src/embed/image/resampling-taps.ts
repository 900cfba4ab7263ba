import type { ResamplingFilter } from './resampling-filter.ts';

/**
 * Binary places of the weights. A sum of products of 8-bit values needs 8 bits
 * for itself, and Pillow leaves two more for what negative weights overshoot.
 */
export const WEIGHT_BITS = 32 - 8 - 2;
const ONE = 1 << WEIGHT_BITS;
/** Half of the last place that rounding keeps: where a sum starts, so that a shift rounds it. */
export const HALF = ONE >> 1;

/** Of which input pixels each output pixel of a line is the weighted sum. */
export type ResamplingTaps = {
  /** Output pixels. */
  readonly count: number;
  /** [count]: the first input pixel */
  readonly starts: Int32Array;
  /** [count]: how many input pixels */
  readonly lengths: Int32Array;
  /** [count, stride]: fixed-point weights; those past an output pixel's length mean nothing */
  readonly weights: Int32Array;
  readonly stride: number;
};

/**
 * The taps of the output pixels [from, from + count) of a line of `inputLength`
 * pixels that is resized to `outputLength`. A line that shrinks is antialiased:
 * the filter is widened by the ratio.
 */
export function resamplingTaps(
  filter: ResamplingFilter,
  inputLength: number,
  outputLength: number,
  from: number,
  count: number,
): ResamplingTaps {
  const scale = inputLength / outputLength;
  const filterScale = Math.max(1, scale);
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  for (let index = 0; index < count; index++) {
    const centre = (from + index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(inputLength, Math.trunc(centre + support + 0.5)) - start;
    const shares = Array.from({ length }, (_, tap) =>
      filter.weight((start + tap - centre + 0.5) * (1 / filterScale)),
    );
    const sum = shares.reduce((total, share) => total + share, 0);
    starts[index] = start;
    lengths[index] = length;
    weights.set(
      shares.map((share) => toFixedPoint(share / sum)),
      index * stride,
    );
  }
  return { count, starts, lengths, weights, stride };
}

function toFixedPoint(weight: number): number {
  return Math.trunc(weight * ONE + Math.sign(weight) * 0.5);
}
