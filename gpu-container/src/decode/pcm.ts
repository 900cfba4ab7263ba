/** Sample rate in Hz of all decoded audio: what Whisper and Silero were trained on. */
export const SAMPLE_RATE = 16_000;

/**
 * Decoded audio, mono 32-bit float at 16 kHz, read piece by piece so that a
 * recording of any length is worked on in constant memory.
 */
export type PcmReader = {
  readonly sampleRate: typeof SAMPLE_RATE;
  /** Length of the recording in samples. */
  readonly sampleCount: number;
  /**
   * Reads `sampleCount` samples from `startSample` on. A read that reaches past
   * the end returns the samples there are, possibly none.
   */
  read(startSample: number, sampleCount: number): Promise<Float32Array>;
};

/** A reader over samples that are in memory already. */
export function pcmFromSamples(samples: Float32Array): PcmReader {
  return {
    sampleRate: SAMPLE_RATE,
    sampleCount: samples.length,
    async read(startSample, sampleCount) {
      return samples.subarray(startSample, startSample + sampleCount);
    },
  };
}
