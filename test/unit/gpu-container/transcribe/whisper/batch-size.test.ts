import { describe, expect, it } from '@jest/globals';
import {
  batchSizeFor,
  deviceBatchSizeFor,
} from '../../../../../gpu-container/src/transcribe/whisper/batch-size.ts';
import type { WhisperDimensions } from '../../../../../gpu-container/src/transcribe/whisper/model-config.ts';

const DIMENSIONS: WhisperDimensions = {
  melBins: 80,
  encoderPositions: 10,
  encoderHeads: 2,
  decoderLayers: 3,
  decoderHeads: 2,
  headSize: 4,
  decoderPositions: 5,
  vocabularySize: 100,
};
// A state is 8 numbers; a position's keys and values in 3 layers are 48. Encoder states and their
// keys and values over 10 positions: 560; those of the text, twice over 5 positions: 480.
const WINDOW_BYTES = 4 * (560 + 480);

describe('batchSizeFor', () => {
  it('fills a quarter of the free memory', () => {
    expect(batchSizeFor(DIMENSIONS, 4 * 3 * WINDOW_BYTES)).toBe(3);
    expect(batchSizeFor(DIMENSIONS, 4 * 3 * WINDOW_BYTES - 1)).toBe(2);
  });

  it('takes one window, however little memory there is', () => {
    expect(batchSizeFor(DIMENSIONS, 0)).toBe(1);
  });

  it('takes no more windows than gain anything from one another', () => {
    expect(batchSizeFor(DIMENSIONS, 4 * 8 * WINDOW_BYTES)).toBe(8);
    expect(batchSizeFor(DIMENSIONS, 2 ** 40)).toBe(8);
  });
});

describe('deviceBatchSizeFor', () => {
  // Over 10 positions 18 widths of 8 numbers and 48 of the caches, over 5 twice 48: 2400, of two bytes.
  const DEVICE_WINDOW_BYTES = 2 * 2400;

  it('fills half of the memory that the device has left', () => {
    expect(deviceBatchSizeFor(DIMENSIONS, 2 * 3 * DEVICE_WINDOW_BYTES)).toBe(3);
    expect(deviceBatchSizeFor(DIMENSIONS, 2 * 3 * DEVICE_WINDOW_BYTES - 1)).toBe(2);
  });

  it('takes one window at least and 32 at most', () => {
    expect(deviceBatchSizeFor(DIMENSIONS, 0)).toBe(1);
    expect(deviceBatchSizeFor(DIMENSIONS, 2 ** 40)).toBe(32);
  });
});
