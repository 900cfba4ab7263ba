/** One triangular filter: its weights on the consecutive bins from `firstBin` on. */
export type MelFilter = { readonly firstBin: number; readonly weights: Float64Array };

/** The energy that a power spectrum has in a filter. */
export function energyIn({ firstBin, weights }: MelFilter, power: Float64Array): number {
  let energy = 0;
  for (let index = 0; index < weights.length; index++) {
    energy += weights[index]! * power[firstBin + index]!;
  }
  return energy;
}

// Slaney's scale (Auditory Toolbox, 1998): linear to 1 kHz, logarithmic above.
const HZ_PER_MEL = 200 / 3;
const BREAK_HZ = 1000;
const BREAK_MEL = BREAK_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

function hzToMel(hz: number): number {
  return hz < BREAK_HZ ? hz / HZ_PER_MEL : BREAK_MEL + Math.log(hz / BREAK_HZ) / LOG_STEP;
}

function melToHz(mel: number): number {
  return mel < BREAK_MEL ? mel * HZ_PER_MEL : BREAK_HZ * Math.exp((mel - BREAK_MEL) * LOG_STEP);
}

/**
 * Slaney mel filters with area normalisation, from 0 Hz to half the sample rate.
 *
 * @param melBins number of filters, evenly spaced in mel
 * @param fftSize points of the Fourier transform; bin k stands for k · sampleRate / fftSize Hz
 * @param sampleRate in Hz
 */
export function melFilters(melBins: number, fftSize: number, sampleRate: number): MelFilter[] {
  const topMel = hzToMel(sampleRate / 2);
  const edgeHz = (index: number) => melToHz((index * topMel) / (melBins + 1));
  const binHz = sampleRate / fftSize;
  const lastBin = Math.floor(fftSize / 2);

  return Array.from({ length: melBins }, (_, filter) => {
    const [low, centre, high] = [edgeHz(filter), edgeHz(filter + 1), edgeHz(filter + 2)];
    const firstBin = Math.ceil(low / binHz);
    const endBin = Math.min(lastBin, Math.floor(high / binHz)) + 1;
    const areaNorm = 2 / (high - low);
    const weights = Float64Array.from({ length: Math.max(0, endBin - firstBin) }, (_, offset) => {
      const hz = (firstBin + offset) * binHz;
      const height = Math.min((hz - low) / (centre - low), (high - hz) / (high - centre));
      return Math.max(0, height) * areaNorm;
    });
    return { firstBin, weights };
  });
}
