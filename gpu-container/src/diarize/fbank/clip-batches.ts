import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { itemsPerPass, type Passes } from '../../onnx/pass-size.ts';
import { HOP_SAMPLES } from './log-mel-frames.ts';

/** Clips of one length that go through the network together. */
export type ClipBatch = {
  /** Which of all clips. */
  readonly indices: readonly number[];
  /** As many as are used of each, from its start. */
  readonly samples: number;
};

export type BatchingOptions = {
  /** Shorter clips are in no batch. */
  readonly minSamples: number;
  readonly passes: Passes;
  /** For exports that take one clip at a time. */
  readonly isOneByOne: boolean;
  readonly freeBytes?: number | undefined;
};

const CLIPS_PER_CPU_BATCH = 8;
/** What 10 ms take of a ResNet34 in single precision: 32 channels of 80 bins, half a dozen such at a time. */
const GPU_BYTES_PER_FRAME = 64 * 2 ** 10;

/**
 * A GPU searches for the fastest kernels of every length anew, and speech comes in any
 * length: with all of a chunk's there would be 589, with these there are 40.
 */
const LENGTH_STEP_SAMPLES = SAMPLE_RATE / 4;

/**
 * Puts clips of one length together. For passes of shapes that a device has met before,
 * clips are cut at their end to a multiple of a quarter of a second.
 *
 * @param lengths of the clips, in samples
 */
export function planBatches(
  lengths: readonly number[],
  { minSamples, passes, isOneByOne, freeBytes }: BatchingOptions,
): ClipBatch[] {
  const usedOf = (samples: number) => (passes === 'filled' ? cut(samples, minSamples) : samples);
  const longEnough = [...lengths.keys()].filter((index) => lengths[index]! >= minSamples);
  const byLength = Map.groupBy(longEnough, (index) => usedOf(lengths[index]!));
  return [...byLength].flatMap(([samples, indices]) => {
    const most = passes === 'filled' ? clipsPerPass(samples, freeBytes) : CLIPS_PER_CPU_BATCH;
    const size = isOneByOne ? 1 : most;
    return Array.from({ length: Math.ceil(indices.length / size) }, (_, batch) => ({
      indices: indices.slice(batch * size, (batch + 1) * size),
      samples,
    }));
  });
}

function cut(samples: number, minSamples: number): number {
  return Math.max(minSamples, samples - (samples % LENGTH_STEP_SAMPLES));
}

function clipsPerPass(samples: number, freeBytes: number | undefined): number {
  const frames = samples / HOP_SAMPLES;
  return itemsPerPass({ bytesPerItem: frames * GPU_BYTES_PER_FRAME, freeBytes });
}
