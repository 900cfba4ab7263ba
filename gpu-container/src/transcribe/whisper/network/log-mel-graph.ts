import { SAMPLE_RATE } from '../../../decode/pcm.ts';
import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { stringAttribute } from '../../../onnx/graph/literals.ts';
import {
  DYNAMIC_RANGE_LOG10,
  FFT_SIZE,
  HOP_LENGTH,
  POWER_FLOOR,
  WINDOW_FRAMES,
} from '../../mel/log-mel.ts';
import { melFilters } from '../../mel/mel-filters.ts';

const HALF_FFT = FFT_SIZE / 2;
const POWER_BINS = HALF_FFT + 1;

/** Hops that a frame reaches into. */
const HOPS_PER_FRAME = Math.ceil(FFT_SIZE / HOP_LENGTH);
const HOPS = WINDOW_FRAMES + HOPS_PER_FRAME - 1;

/**
 * Writes {@link logMel} as operators: the Fourier transform of all frames is
 * one product with a matrix of cosines and sines, which a GPU computes in less
 * time than the features would take to reach it.
 *
 * @param samples float32 [batch, 480000]: windows of 30 s at 16 kHz
 * @returns float32 [batch, 3000, melBins]
 */
export function writeLogMel(g: GraphBuilder, samples: Value, melBins: number): Value {
  const reflected = g.op(
    'Pad',
    [samples, g.int64s(0, HALF_FFT, 0, HALF_FFT)],
    stringAttribute('mode', 'reflect'),
  );
  // The last frame needs part of its last hop only; the rest of it is there to be cut off.
  const missing = HOPS * HOP_LENGTH - (WINDOW_FRAMES * HOP_LENGTH + FFT_SIZE);
  const whole = g.op('Pad', [reflected, g.int64s(0, 0, 0, missing)]);
  const hops = g.reshape(whole, 0, HOPS, HOP_LENGTH);
  const pieces = Array.from({ length: HOPS_PER_FRAME }, (_, hop) => {
    const piece = g.slice(hops, 1, hop, hop + WINDOW_FRAMES);
    const length = Math.min(HOP_LENGTH, FFT_SIZE - hop * HOP_LENGTH);
    return length < HOP_LENGTH ? g.slice(piece, 2, 0, length) : piece;
  });
  const frames = g.concat(pieces, 2);
  const spectrum = g.matMul(frames, g.float32s(fourierMatrix(), FFT_SIZE, 2 * POWER_BINS));
  const power = g.mul(spectrum, spectrum);
  const energy = g.matMul(power, g.float32s(filterMatrix(melBins), 2 * POWER_BINS, melBins));

  const log10 = g.mul(g.op('Log', [g.max(energy, g.float32(POWER_FLOOR))]), g.float32(Math.LOG10E));
  const peak = g.reshape(g.reduce('ReduceMax', log10, 1, 2), -1, 1, 1);
  const heard = g.max(log10, g.sub(peak, g.float32(DYNAMIC_RANGE_LOG10)));
  return g.mul(g.add(heard, g.float32(4)), g.float32(1 / 4));
}

/** Hann window and Fourier transform, [FFT_SIZE, 2 · POWER_BINS]: real parts, then imaginary ones. */
function fourierMatrix(): Float32Array {
  const matrix = new Float32Array(FFT_SIZE * 2 * POWER_BINS);
  for (let n = 0; n < FFT_SIZE; n++) {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_SIZE);
    for (let k = 0; k < POWER_BINS; k++) {
      const angle = (2 * Math.PI * ((n * k) % FFT_SIZE)) / FFT_SIZE;
      matrix[n * 2 * POWER_BINS + k] = hann * Math.cos(angle);
      matrix[n * 2 * POWER_BINS + POWER_BINS + k] = hann * Math.sin(angle);
    }
  }
  return matrix;
}

/** Mel filters over the squares of both parts, [2 · POWER_BINS, melBins]. */
function filterMatrix(melBins: number): Float32Array {
  const matrix = new Float32Array(2 * POWER_BINS * melBins);
  for (const [bin, { firstBin, weights }] of melFilters(melBins, FFT_SIZE, SAMPLE_RATE).entries()) {
    for (const [offset, weight] of weights.entries()) {
      for (const part of [0, POWER_BINS]) {
        matrix[(part + firstBin + offset) * melBins + bin] = weight;
      }
    }
  }
  return matrix;
}
