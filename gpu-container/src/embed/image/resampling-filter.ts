/** A kernel that a resizer weighs input pixels with. */
export type ResamplingFilter = {
  /** The kernel is zero further from its middle than this, in pixels of the smaller image. */
  readonly support: number;
  readonly weight: (distance: number) => number;
};

/** The triangle. */
export const BILINEAR: ResamplingFilter = {
  support: 1,
  weight: (distance) => Math.max(0, 1 - Math.abs(distance)),
};

const CUBIC_SHARPNESS = -0.5;

/**
 * Cubic convolution with a = -0.5, as R. Keys chose it in "Cubic convolution
 * interpolation for digital image processing" (IEEE Trans. ASSP, 1981) and Pillow
 * has it; OpenCV and torch without antialiasing use -0.75.
 */
export const BICUBIC: ResamplingFilter = {
  support: 2,
  weight: (distance) => {
    const a = CUBIC_SHARPNESS;
    const x = Math.abs(distance);
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  },
};
