/**
 * In-place complex Fourier transform of one fixed size, by Stockham's
 * self-sorting algorithm (Cochran et al., 1967) with radices 4 and 5: enough
 * for the 400 points of Whisper's frames.
 */
export type FourierTransform = (re: Float64Array, im: Float64Array) => void;

type Stage = { radix: 4 | 5; length: number; stride: number };

const COS_72 = Math.cos((2 * Math.PI) / 5);
const COS_144 = Math.cos((4 * Math.PI) / 5);
const SIN_72 = Math.sin((2 * Math.PI) / 5);
const SIN_144 = Math.sin((4 * Math.PI) / 5);

/**
 * Prepares a transform: X[k] = Σ x[n] · exp(−2πi·kn / size).
 *
 * @param size number of points, a product of fours and fives
 */
export function fourierTransform(size: number): FourierTransform {
  const stages = stagesOf(size);
  const cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  const scratchRe = new Float64Array(size);
  const scratchIm = new Float64Array(size);

  return (re, im) => {
    let [fromRe, fromIm]: [Float64Array, Float64Array] = [re, im];
    let [toRe, toIm]: [Float64Array, Float64Array] = [scratchRe, scratchIm];
    for (const stage of stages) {
      const pass = stage.radix === 4 ? radix4Pass : radix5Pass;
      pass(stage, fromRe, fromIm, toRe, toIm, cos, sin);
      [fromRe, fromIm, toRe, toIm] = [toRe, toIm, fromRe, fromIm];
    }
    if (fromRe !== re) {
      re.set(fromRe);
      im.set(fromIm);
    }
  };
}

function stagesOf(size: number): Stage[] {
  const stages: Stage[] = [];
  let length = size;
  for (const radix of [5, 4] as const) {
    while (length % radix === 0) {
      stages.push({ radix, length, stride: size / length });
      length /= radix;
    }
  }
  if (length !== 1) {
    throw new RangeError(`${size} is not a product of fours and fives`);
  }
  return stages;
}

function radix4Pass(
  { length, stride }: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  cos: Float64Array,
  sin: Float64Array,
): void {
  const quarter = length / 4;
  const step = stride * quarter;
  for (let p = 0; p < quarter; p++) {
    const [w1r, w1i] = [cos[p * stride]!, sin[p * stride]!];
    const [w2r, w2i] = [cos[2 * p * stride]!, sin[2 * p * stride]!];
    const [w3r, w3i] = [cos[3 * p * stride]!, sin[3 * p * stride]!];
    for (let q = 0; q < stride; q++) {
      const i = q + stride * p;
      const sumR = xr[i]! + xr[i + 2 * step]!;
      const sumI = xi[i]! + xi[i + 2 * step]!;
      const diffR = xr[i]! - xr[i + 2 * step]!;
      const diffI = xi[i]! - xi[i + 2 * step]!;
      const oddSumR = xr[i + step]! + xr[i + 3 * step]!;
      const oddSumI = xi[i + step]! + xi[i + 3 * step]!;
      const oddDiffR = xr[i + step]! - xr[i + 3 * step]!;
      const oddDiffI = xi[i + step]! - xi[i + 3 * step]!;

      const o = q + stride * 4 * p;
      yr[o] = sumR + oddSumR;
      yi[o] = sumI + oddSumI;
      const b1r = diffR + oddDiffI;
      const b1i = diffI - oddDiffR;
      yr[o + stride] = b1r * w1r - b1i * w1i;
      yi[o + stride] = b1r * w1i + b1i * w1r;
      const b2r = sumR - oddSumR;
      const b2i = sumI - oddSumI;
      yr[o + 2 * stride] = b2r * w2r - b2i * w2i;
      yi[o + 2 * stride] = b2r * w2i + b2i * w2r;
      const b3r = diffR - oddDiffI;
      const b3i = diffI + oddDiffR;
      yr[o + 3 * stride] = b3r * w3r - b3i * w3i;
      yi[o + 3 * stride] = b3r * w3i + b3i * w3r;
    }
  }
}

function radix5Pass(
  { length, stride }: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  cos: Float64Array,
  sin: Float64Array,
): void {
  const fifth = length / 5;
  const step = stride * fifth;
  for (let p = 0; p < fifth; p++) {
    for (let q = 0; q < stride; q++) {
      const i = q + stride * p;
      const [x0r, x0i] = [xr[i]!, xi[i]!];
      const s1r = xr[i + step]! + xr[i + 4 * step]!;
      const s1i = xi[i + step]! + xi[i + 4 * step]!;
      const d1r = xr[i + step]! - xr[i + 4 * step]!;
      const d1i = xi[i + step]! - xi[i + 4 * step]!;
      const s2r = xr[i + 2 * step]! + xr[i + 3 * step]!;
      const s2i = xi[i + 2 * step]! + xi[i + 3 * step]!;
      const d2r = xr[i + 2 * step]! - xr[i + 3 * step]!;
      const d2i = xi[i + 2 * step]! - xi[i + 3 * step]!;

      const even1r = x0r + COS_72 * s1r + COS_144 * s2r;
      const even1i = x0i + COS_72 * s1i + COS_144 * s2i;
      const even2r = x0r + COS_144 * s1r + COS_72 * s2r;
      const even2i = x0i + COS_144 * s1i + COS_72 * s2i;
      const odd1r = SIN_72 * d1r + SIN_144 * d2r;
      const odd1i = SIN_72 * d1i + SIN_144 * d2i;
      const odd2r = SIN_144 * d1r - SIN_72 * d2r;
      const odd2i = SIN_144 * d1i - SIN_72 * d2i;

      const o = q + stride * 5 * p;
      yr[o] = x0r + s1r + s2r;
      yi[o] = x0i + s1i + s2i;
      turn(yr, yi, o + stride, even1r + odd1i, even1i - odd1r, cos, sin, p * stride);
      turn(yr, yi, o + 2 * stride, even2r + odd2i, even2i - odd2r, cos, sin, 2 * p * stride);
      turn(yr, yi, o + 3 * stride, even2r - odd2i, even2i + odd2r, cos, sin, 3 * p * stride);
      turn(yr, yi, o + 4 * stride, even1r - odd1i, even1i + odd1r, cos, sin, 4 * p * stride);
    }
  }
}

function turn(
  yr: Float64Array,
  yi: Float64Array,
  at: number,
  re: number,
  im: number,
  cos: Float64Array,
  sin: Float64Array,
  twiddle: number,
): void {
  const [wr, wi] = [cos[twiddle]!, sin[twiddle]!];
  yr[at] = re * wr - im * wi;
  yi[at] = re * wi + im * wr;
}
