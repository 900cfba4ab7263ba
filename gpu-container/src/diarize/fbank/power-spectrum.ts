import { fourierTransform } from '../../transcribe/mel/fourier.ts';

/** Squared magnitudes of a real frame's Fourier transform, bins 0 to size / 2; the next call overwrites them. */
export type PowerSpectrum = (frame: Float64Array) => Float64Array;

/**
 * By one complex transform of the frame itself.
 *
 * @param size points, a product of fours and fives
 */
export function wholePowerSpectrum(size: number): PowerSpectrum {
  const transform = fourierTransform(size);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  const power = new Float64Array(size / 2 + 1);
  return (frame) => {
    re.set(frame);
    im.fill(0);
    transform(re, im);
    for (let bin = 0; bin < power.length; bin++) {
      power[bin] = re[bin]! ** 2 + im[bin]! ** 2;
    }
    return power;
  };
}

/**
 * By one complex transform of half the size: even samples are its real part, odd
 * ones its imaginary part, and symmetry tells the two spectra apart.
 *
 * @param size points, twice a product of fours and fives
 */
export function halvedPowerSpectrum(size: number): PowerSpectrum {
  const half = size / 2;
  const transform = fourierTransform(half);
  const re = new Float64Array(half);
  const im = new Float64Array(half);
  const cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const power = new Float64Array(half + 1);
  return (frame) => {
    for (let n = 0; n < half; n++) {
      re[n] = frame[2 * n]!;
      im[n] = frame[2 * n + 1]!;
    }
    transform(re, im);
    for (let bin = 0; bin < half; bin++) {
      const mirror = (half - bin) % half;
      const evenRe = (re[bin]! + re[mirror]!) / 2;
      const evenIm = (im[bin]! - im[mirror]!) / 2;
      const oddRe = (im[bin]! + im[mirror]!) / 2;
      const oddIm = (re[mirror]! - re[bin]!) / 2;
      const [c, s] = [cos[bin]!, sin[bin]!];
      power[bin] = (evenRe + c * oddRe + s * oddIm) ** 2 + (evenIm + c * oddIm - s * oddRe) ** 2;
    }
    power[half] = (re[0]! - im[0]!) ** 2;
    return power;
  };
}
