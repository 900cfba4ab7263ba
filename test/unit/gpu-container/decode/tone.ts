const SAMPLE_RATE = 16_000;

/** A pure tone at half of full scale. */
export function tone(hertz: number, seconds: number, sampleRate = SAMPLE_RATE): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / sampleRate),
  );
}

export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** Frequency in Hz of a pure tone at 16 kHz, from how often it rises through zero. */
export function pitch(samples: Float32Array): number {
  const rises = samples.filter((sample, i) => sample >= 0 && (samples[i - 1] ?? 0) < 0).length;
  return (rises * SAMPLE_RATE) / samples.length;
}
