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
import { halvedPowerSpectrum } from './power-spectrum.ts';

const FFT_SIZE = 512;
/** Samples are taken for 16-bit numbers. */
const SCALE = 2 ** 15;
const PREEMPHASIS = 0.97;
const LOWEST_HZ = 20;
/** The least float32 above 1, less 1. */
const ENERGY_FLOOR = 2 ** -23;

/**
 * The features of WeSpeaker's networks: Kaldi's filterbank as `kaldi.fbank` of
 * torchaudio computes it with `window_type='hamming'` and `dither=0` on samples
 * times 2¹⁵ (wespeaker/bin/infer_onnx.py, and pyannote's wrapper of it): whole
 * frames only, each less its mean, with pre-emphasis 0.97 (the first sample
 * against itself), a symmetric window, 512 points, triangles on the mel axis
 * from 20 Hz to 8 kHz, natural logarithm; then each bin less its mean.
 * Samples for less than one frame make none.
 */
export function kaldiFbank(): LogMelFeatures {
  const spectrum = halvedPowerSpectrum(FFT_SIZE);
  const window = hammingWindow(FRAME_SAMPLES, 'symmetric');
  const filters = kaldiFilters();
  const frame = new Float64Array(FFT_SIZE);

  return (samples) => {
    const frames = Math.max(0, Math.floor((samples.length - FRAME_SAMPLES) / HOP_SAMPLES) + 1);
    const features = new Float32Array(frames * MEL_BINS);
    for (let index = 0; index < frames; index++) {
      windowFrame(frame, samples, index * HOP_SAMPLES, window);
      writeMelEnergies(features, index, spectrum(frame), filters);
    }
    for (let index = 0; index < features.length; index++) {
      features[index] = Math.log(Math.max(features[index]!, ENERGY_FLOOR));
    }
    subtractMeans(features);
    return features;
  };
}

function windowFrame(
  frame: Float64Array,
  samples: Float32Array,
  start: number,
  window: Float64Array,
): void {
  let sum = 0;
  for (let n = 0; n < FRAME_SAMPLES; n++) {
    sum += samples[start + n]!;
  }
  const mean = sum / FRAME_SAMPLES;
  let before = samples[start]! - mean;
  for (let n = 0; n < FRAME_SAMPLES; n++) {
    const sample = samples[start + n]! - mean;
    frame[n] = SCALE * (sample - PREEMPHASIS * before) * window[n]!;
    before = sample;
  }
}

/** Triangles of height 1, evenly spaced and straight on the mel axis. The bin at 8 kHz is in none. */
function kaldiFilters(): MelFilter[] {
  const melOf = (hz: number) => 1127 * Math.log(1 + hz / 700);
  const lowest = melOf(LOWEST_HZ);
  const step = (melOf(SAMPLE_RATE / 2) - lowest) / (MEL_BINS + 1);
  return Array.from({ length: MEL_BINS }, (_, filter) => {
    const centre = lowest + (filter + 1) * step;
    return filterOf(FFT_SIZE / 2, (bin) => {
      const mel = melOf((bin * SAMPLE_RATE) / FFT_SIZE);
      return 1 - Math.abs(mel - centre) / step;
    });
  });
}
