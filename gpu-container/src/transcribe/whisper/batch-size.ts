import type { WhisperDimensions } from './model-config.ts';

const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

/** The share of the memory still free that a batch may fill. */
const MEMORY_SHARE = 0.25;
/** A row of more than so many costs as much time as it would in the next batch. */
const MAX_WINDOWS = 8;

/**
 * How many windows to decode at once: what a quarter of the free memory holds
 * of their encoder states and key/value caches.
 *
 * @param freeBytes memory that the process may still take
 */
export function batchSizeFor(
  { encoderPositions, decoderPositions, decoderLayers, decoderHeads, headSize }: WhisperDimensions,
  freeBytes: number,
): number {
  const stateSize = decoderHeads * headSize;
  const caches = decoderLayers * 2 * stateSize;
  // The cache of the text is there twice while a step makes the longer one from the shorter.
  const numbers = encoderPositions * (stateSize + caches) + 2 * decoderPositions * caches;
  const fitting = Math.floor((freeBytes * MEMORY_SHARE) / (numbers * FLOAT_BYTES));
  return Math.max(1, Math.min(MAX_WINDOWS, fitting));
}

const HALF_BYTES = 2;
/** The share of the memory left beside its weights that a GPU may fill: its allocator takes more than is asked of it. */
const DEVICE_MEMORY_SHARE = 0.5;
/** Beyond, a row costs a GPU as much time as it would in the next batch. */
const MAX_DEVICE_WINDOWS = 32;
/** The widths of a layer's numbers that an encoder has at once, the four of its wide projection counted twice. */
const ENCODER_WIDTHS = 18;

/**
 * How many windows to read in one run from samples to tokens, in half precision:
 * what half of the free memory holds of what the encoder makes of them and of
 * their key/value caches.
 *
 * @param freeBytes memory that the device has left beside the weights
 */
export function deviceBatchSizeFor(
  { encoderPositions, decoderPositions, decoderLayers, decoderHeads, headSize }: WhisperDimensions,
  freeBytes: number,
): number {
  const width = decoderHeads * headSize;
  const caches = decoderLayers * 2 * width;
  const numbers =
    encoderPositions * (ENCODER_WIDTHS * width + caches) + 2 * decoderPositions * caches;
  const fitting = Math.floor((freeBytes * DEVICE_MEMORY_SHARE) / (numbers * HALF_BYTES));
  return Math.max(1, Math.min(MAX_DEVICE_WINDOWS, fitting));
}
