import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { fourierTransform } from './fourier.ts';
import { energyIn, type MelFilter, melFilters } from './mel-filters.ts';

/** Samples that the Fourier transform of one frame sees. */
export const FFT_SIZE = 400;
export const HOP_LENGTH = 160;
/** Samples of one Whisper window: 30 s. */
export const WINDOW_SAMPLES = 30 * SAMPLE_RATE;
/** Frames of one Whisper window, one every 10 ms. */
export const WINDOW_FRAMES = WINDOW_SAMPLES / HOP_LENGTH;

const HALF_FFT = FFT_SIZE / 2;
const POWER_BINS = HALF_FFT + 1;
/** The least energy of a mel filter that is told from none. */
export const POWER_FLOOR = 1e-10;
const LOG10_FLOOR = Math.log10(POWER_FLOOR);
/** What lies further below a window's maximum counts as this far. */
export const DYNAMIC_RANGE_LOG10 = 8;

/**
 * Turns up to 30 s of samples into Whisper's log-mel features, [melBins, 3000]
 * row by row; the result is a new array. What is missing to 30 s is silence.
 */
export type LogMel = (samples: Float32Array) => Float32Array<ArrayBuffer>;

/**
 * Prepares Whisper's feature extractor: short-time Fourier transform (400-point
 * periodic Hann window, hop 160, reflected at both ends), slaney mel filters,
 * log10, clipped to 8 below the window's maximum, then (x + 4) / 4.
 * Same numbers as WhisperFeatureExtractor of transformers within 4e-5.
 *
 * @param melBins 80, or 128 for large-v3 and its kin
 */
export function logMel(melBins: number): LogMel {
  const spectra = framePairSpectra();
  const filters = melFilters(melBins, FFT_SIZE, SAMPLE_RATE);

  return (samples) => {
    if (samples.length > WINDOW_SAMPLES) {
      throw new RangeError(`${samples.length} samples do not fit a window of ${WINDOW_SAMPLES}`);
    }
    const features = new Float32Array(melBins * WINDOW_FRAMES);
    // Frames that lie wholly in the padding hold no power at all.
    const soundingFrames = Math.min(
      WINDOW_FRAMES,
      Math.ceil((samples.length + HALF_FFT) / HOP_LENGTH),
    );
    for (let frame = 0; frame < soundingFrames; frame += 2) {
      const [first, second] = spectra(samples, frame);
      writeLogMel(features, frame, first, filters);
      if (frame + 1 < soundingFrames) {
        writeLogMel(features, frame + 1, second, filters);
      }
    }
    compress(features, melBins, soundingFrames);
    return features;
  };
}

/** Power spectra of two neighbouring frames from one transform: one is its real part, one its imaginary. */
function framePairSpectra() {
  const transform = fourierTransform(FFT_SIZE);
  const hann = Float64Array.from(
    { length: FFT_SIZE },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_SIZE),
  );
  const re = new Float64Array(FFT_SIZE);
  const im = new Float64Array(FFT_SIZE);
  const first = new Float64Array(POWER_BINS);
  const second = new Float64Array(POWER_BINS);

  return (samples: Float32Array, frame: number): [first: Float64Array, second: Float64Array] => {
    windowFrame(re, samples, frame * HOP_LENGTH - HALF_FFT, hann);
    windowFrame(im, samples, (frame + 1) * HOP_LENGTH - HALF_FFT, hann);
    transform(re, im);
    for (let k = 0; k < POWER_BINS; k++) {
      const mirror = (FFT_SIZE - k) % FFT_SIZE;
      const [ar, ai, br, bi] = [re[k]!, im[k]!, re[mirror]!, im[mirror]!];
      first[k] = ((ar + br) ** 2 + (ai - bi) ** 2) / 4;
      second[k] = ((ai + bi) ** 2 + (br - ar) ** 2) / 4;
    }
    return [first, second];
  };
}

function windowFrame(
  out: Float64Array,
  samples: Float32Array,
  start: number,
  hann: Float64Array,
): void {
  for (let n = 0; n < FFT_SIZE; n++) {
    let at = start + n;
    if (at < 0) {
      at = -at;
    } else if (at >= WINDOW_SAMPLES) {
      at = 2 * (WINDOW_SAMPLES - 1) - at;
    }
    out[n] = at < samples.length ? samples[at]! * hann[n]! : 0;
  }
}

function writeLogMel(
  features: Float32Array,
  frame: number,
  power: Float64Array,
  filters: readonly MelFilter[],
): void {
  for (const [bin, filter] of filters.entries()) {
    const energy = energyIn(filter, power);
    features[bin * WINDOW_FRAMES + frame] = Math.log10(Math.max(energy, POWER_FLOOR));
  }
}

function compress(features: Float32Array, melBins: number, soundingFrames: number): void {
  let max = soundingFrames < WINDOW_FRAMES ? LOG10_FLOOR : -Infinity;
  for (let bin = 0; bin < melBins; bin++) {
    const row = bin * WINDOW_FRAMES;
    for (let i = row; i < row + soundingFrames; i++) {
      max = Math.max(max, features[i]!);
    }
  }
  const floor = max - DYNAMIC_RANGE_LOG10;
  const scaled = (log10: number) => (Math.max(log10, floor) + 4) / 4;
  for (let bin = 0; bin < melBins; bin++) {
    const row = bin * WINDOW_FRAMES;
    for (let i = row; i < row + soundingFrames; i++) {
      features[i] = scaled(features[i]!);
    }
    features.fill(scaled(LOG10_FLOOR), row + soundingFrames, row + WINDOW_FRAMES);
  }
}
