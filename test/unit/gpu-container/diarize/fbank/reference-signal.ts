const SAMPLE_RATE = 16_000;

/**
 * A second of a steady tone, another that sets in after a third of it, a rising
 * one, and an offset.
 */
export function referenceSignal(): Float32Array {
  const samples = 16_123;
  return Float32Array.from(
    { length: samples },
    (_, n) =>
      0.3 * Math.sin((2 * Math.PI * 440 * n) / SAMPLE_RATE) +
      (n > Math.floor(samples / 3)
        ? 0.2 * Math.sin((2 * Math.PI * 3100 * n) / SAMPLE_RATE + 1)
        : 0) +
      0.05 * Math.sin((0.37 * n * n) / 1000) +
      0.01,
  );
}

/** Numbers of features [frames, 80] at some frames and bins. */
export function pick(
  features: Float32Array,
  frames: readonly number[],
  bins: readonly number[],
): number[][] {
  return frames.map((frame) => bins.map((bin) => features[frame * 80 + bin]!));
}

export function greatestDifference(
  actual: number[][],
  expected: readonly (readonly number[])[],
): number {
  return Math.max(
    ...actual.flatMap((row, at) => row.map((value, bin) => Math.abs(value - expected[at]![bin]!))),
  );
}
