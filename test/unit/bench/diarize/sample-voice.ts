import { SAMPLE_RATE } from '../../../../gpu-container/src/decode/pcm.ts';
import type { SpeechRegion } from '../../../../gpu-container/src/vad/speech-regions.ts';

/**
 * A recording of one person that is silent but for its speech, which is a hum. No
 * two moments of it are alike.
 */
export function sampleRecording(
  seconds: number,
  speech: readonly SpeechRegion[],
  hertz = 100,
): Float32Array {
  const samples = new Float32Array(seconds * SAMPLE_RATE);
  for (const { start, end } of speech) {
    for (let n = Math.round(start * SAMPLE_RATE); n < Math.round(end * SAMPLE_RATE); n++) {
      const seconds = n / SAMPLE_RATE;
      samples[n] = 0.3 * Math.sin(2 * Math.PI * (hertz + seconds) * seconds);
    }
  }
  return samples;
}

/** So many pieces of speech of a second and a half, with pauses of half a second between. */
export function phrases(count: number): SpeechRegion[] {
  return Array.from({ length: count }, (_, index) => ({
    start: 0.5 + index * 2,
    end: 2 + index * 2,
  }));
}

/** Finds the speech of sample recordings: stretches with no silence of 0.1 s in them. */
export function loudRegions(samples: Float32Array): SpeechRegion[] {
  const regions: { start: number; end: number }[] = [];
  for (const [n, sample] of samples.entries()) {
    if (Math.abs(sample) > 1e-4) {
      const second = n / SAMPLE_RATE;
      const last = regions.at(-1);
      if (last !== undefined && second - last.end < 0.1) {
        last.end = second;
      } else {
        regions.push({ start: second, end: second });
      }
    }
  }
  return regions;
}
