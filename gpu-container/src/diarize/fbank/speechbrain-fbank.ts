import { SAMPLE_RATE } from '../../decode/pcm.ts';
import type { MelFilter } from '../../transcribe/mel/mel-filters.ts';
import {
  FRAME_SAMPLES,
  filterOf,
  HOP_SAMPLES,
  hammingWindow,
  type LogMelFeatures,
  MEL_BINS,
  subtractMeans,
  writeMelEnergies,
} from './log-mel-frames.ts';
import { wholePowerSpectrum } from './power-spectrum.ts';

const POWER_FLOOR = 1e-10;
const DYNAMIC_RANGE_DB = 80;

/**
 * The features of SpeechBrain's ECAPA-TDNN (speechbrain/spkrec-ecapa-voxceleb),
 * as its `Fbank` with 80 filters and sentence-wise `InputNormalization` without
 * deviations compute them: frames centred on every 160th sample with zeros
 * beyond the ends, a periodic Hamming window, 400 points, power, decibels
 * clipped to 80 below the clip's loudest number; then each bin less its mean.
 */
export function speechbrainFbank(): LogMelFeatures {
  const spectrum = wholePowerSpectrum(FRAME_SAMPLES);
  const window = hammingWindow(FRAME_SAMPLES, 'periodic');
  const filters = speechbrainFilters();
  const frame = new Float64Array(FRAME_SAMPLES);

  return (samples) => {
    const frames = Math.floor(samples.length / HOP_SAMPLES) + 1;
    const features = new Float32Array(frames * MEL_BINS);
    for (let index = 0; index < frames; index++) {
      const start = index * HOP_SAMPLES - FRAME_SAMPLES / 2;
      for (let n = 0; n < FRAME_SAMPLES; n++) {
        frame[n] = (samples[start + n] ?? 0) * window[n]!;
      }
      writeMelEnergies(features, index, spectrum(frame), filters);
    }
    toDecibels(features);
    subtractMeans(features);
    return features;
  };
}

function toDecibels(features: Float32Array): void {
  let loudest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < features.length; index++) {
    const decibels = 10 * Math.log10(Math.max(features[index]!, POWER_FLOOR));
    features[index] = decibels;
    loudest = Math.max(loudest, decibels);
  }
  for (let index = 0; index < features.length; index++) {
    features[index] = Math.max(features[index]!, loudest - DYNAMIC_RANGE_DB);
  }
}

/**
 * Triangles of height 1 with their tips evenly spaced in mel, but straight in
 * hertz and symmetric: each is as wide to the right as it is to the left, and so
 * ends short of the next one's tip.
 */
function speechbrainFilters(): MelFilter[] {
  const hzOf = (mel: number) => 700 * (10 ** (mel / 2595) - 1);
  const highest = 2595 * Math.log10(1 + SAMPLE_RATE / 2 / 700);
  const tipOf = (index: number) => hzOf((index * highest) / (MEL_BINS + 1));
  return Array.from({ length: MEL_BINS }, (_, filter) => {
    const tip = tipOf(filter + 1);
    const width = tip - tipOf(filter);
    return filterOf(FRAME_SAMPLES / 2 + 1, (bin) => {
      const hz = (bin * SAMPLE_RATE) / FRAME_SAMPLES;
      return 1 - Math.abs(hz - tip) / width;
    });
  });
}
