import { HALF, type ResamplingTaps, WEIGHT_BITS } from './resampling-taps.ts';
import { CHANNELS, type RgbImage } from './rgb-image.ts';

// By a name of its own: where globals are looked up at every use, as in the contexts that
// tests run in, the inner loops would take ten times as long.
const { imul } = Math;

const ROWS_AT_A_TIME = 4;

// Preparing a frame costs what these loops cost. Sums are kept as 32-bit integers (`| 0`,
// imul): a plain `+` and `*` would be checked for overflow at every tap. Each loop
// nest is a function of one row: called often, it is soon compiled as a whole.

/**
 * Resamples the rows [firstRow, endRow) of an image, each along its length, to
 * values rounded to 8 bits.
 */
export function resampleRows(
  { width, data }: RgbImage,
  taps: ResamplingTaps,
  firstRow: number,
  endRow: number,
): RgbImage {
  const height = endRow - firstRow;
  const output = new Uint8ClampedArray(taps.count * height * CHANNELS);
  for (let row = 0; row < height; row++) {
    const from = (firstRow + row) * width * CHANNELS;
    const line = data.subarray(from, from + width * CHANNELS);
    writeResampledLine(line, taps, output, row * taps.count * CHANNELS);
  }
  return { width: taps.count, height, data: new Uint8Array(output.buffer) };
}

/** The channels share a walk over the taps, so that a weight is read once for all three. */
function writeResampledLine(
  line: Uint8Array,
  { count, starts, lengths, weights, stride }: ResamplingTaps,
  output: Uint8ClampedArray,
  offset: number,
): void {
  for (let index = 0, to = offset; index < count; index++, to += CHANNELS) {
    const first = index * stride;
    const end = first + lengths[index]!;
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    for (let tap = first, at = starts[index]! * CHANNELS; tap < end; tap++) {
      const weight = weights[tap]!;
      red = (red + imul(line[at]!, weight)) | 0;
      green = (green + imul(line[at + 1]!, weight)) | 0;
      blue = (blue + imul(line[at + 2]!, weight)) | 0;
      at += CHANNELS;
    }
    output[to] = red >> WEIGHT_BITS;
    output[to + 1] = green >> WEIGHT_BITS;
    output[to + 2] = blue >> WEIGHT_BITS;
  }
}

/**
 * Resamples an image along its columns, to values rounded to 8 bits. An output row
 * is summed up of whole input rows, which lie in memory as they are read; a column,
 * followed down, would be a cache line a tap.
 *
 * @param firstRow which row, as the taps count them, the image starts with
 */
export function resampleColumns(
  { width, data }: RgbImage,
  { count, starts, lengths, weights, stride }: ResamplingTaps,
  firstRow: number,
): RgbImage {
  const rowLength = width * CHANNELS;
  const output = new Uint8ClampedArray(count * rowLength);
  const sums = new Int32Array(rowLength);
  for (let index = 0; index < count; index++) {
    const start = (starts[index]! - firstRow) * rowLength;
    const rows = data.subarray(start, start + lengths[index]! * rowLength);
    sums.fill(HALF);
    addRows(sums, rows, weights.subarray(index * stride, index * stride + lengths[index]!));
    writeRounded(sums, output, index * rowLength);
  }
  return { width, height: count, data: new Uint8Array(output.buffer) };
}

/** Four rows at a time where there are four, so that a sum is fetched and stored once for them. */
function addRows(sums: Int32Array, rows: Uint8Array, weights: Int32Array): void {
  const rest = weights.length % ROWS_AT_A_TIME;
  for (let row = 0; row < rest; row++) {
    addRow(sums, rows, row * sums.length, weights[row]!);
  }
  for (let row = rest; row < weights.length; row += ROWS_AT_A_TIME) {
    addFourRows(sums, rows, row * sums.length, weights.subarray(row, row + ROWS_AT_A_TIME));
  }
}

function addRow(sums: Int32Array, rows: Uint8Array, first: number, weight: number): void {
  for (let at = 0; at < sums.length; at++) {
    sums[at] = (sums[at]! + imul(rows[first + at]!, weight)) | 0;
  }
}

function addFourRows(sums: Int32Array, rows: Uint8Array, first: number, weights: Int32Array): void {
  const second = first + sums.length;
  const third = second + sums.length;
  const fourth = third + sums.length;
  const [w1 = 0, w2 = 0, w3 = 0, w4 = 0] = weights;
  for (let at = 0; at < sums.length; at++) {
    sums[at] =
      (sums[at]! +
        imul(rows[first + at]!, w1) +
        imul(rows[second + at]!, w2) +
        imul(rows[third + at]!, w3) +
        imul(rows[fourth + at]!, w4)) |
      0;
  }
}

function writeRounded(sums: Int32Array, output: Uint8ClampedArray, offset: number): void {
  for (let at = 0; at < sums.length; at++) {
    output[offset + at] = sums[at]! >> WEIGHT_BITS;
  }
}
