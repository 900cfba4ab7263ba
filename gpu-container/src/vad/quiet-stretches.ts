import { type PcmReader, SAMPLE_RATE } from '../decode/pcm.ts';
import type { Span } from './pack-speech.ts';

/** Levels are measured over 10 ms. */
const LEVEL_SAMPLES = SAMPLE_RATE / 100;
/** A cut is made in the middle of the quietest 0.3 s. */
const PAUSE_LEVELS = 30;

export type QuietStretchOptions = {
  /** Length aimed at. Default 180. */
  stretchSeconds?: number;
  /** How far a cut may be from where stretches of equal length would have it. Default 15. */
  searchSeconds?: number;
  signal?: AbortSignal | undefined;
};

/**
 * Cuts a recording into stretches of similar length that can be worked on side
 * by side. Cuts are made where it is quietest, so that hardly any goes through a
 * word. Only the audio around the cuts is read, one cut at a time.
 *
 * @returns spans in order that cover the recording without gaps; one where it is
 * shorter than one and a half times the length aimed at, none where it is empty
 * @throws The signal's reason, where it was aborted.
 */
export async function quietStretches(
  pcm: PcmReader,
  { stretchSeconds = 180, searchSeconds = 15, signal }: QuietStretchOptions = {},
): Promise<Span[]> {
  const { sampleCount } = pcm;
  if (sampleCount === 0) {
    return [];
  }
  const count = Math.max(1, Math.round(sampleCount / (stretchSeconds * SAMPLE_RATE)));
  const spacing = sampleCount / count;
  // A quarter of a stretch at most: cuts stay in order and far enough apart.
  const reach = Math.floor(Math.min(searchSeconds * SAMPLE_RATE, spacing / 4));

  const bounds = [0];
  for (let cut = 1; cut < count; cut++) {
    signal?.throwIfAborted();
    const target = Math.round(cut * spacing);
    bounds.push(target - reach + quietestSample(await pcm.read(target - reach, 2 * reach)));
  }
  bounds.push(sampleCount);
  return bounds.slice(1).map((end, index) => ({
    start: bounds[index]! / SAMPLE_RATE,
    end: end / SAMPLE_RATE,
  }));
}

/**
 * The middle of the 0.3 s of least energy; of equally quiet ones, that closest to
 * the middle. Its own middle, where the samples are fewer than that.
 *
 * @param samples mono at 16 kHz
 * @returns index into `samples`
 */
export function quietestSample(samples: Float32Array): number {
  const levels = energies(samples);
  const middle = (levels.length - PAUSE_LEVELS) / 2;
  let quietest: { start: number; energy: number } | undefined;
  for (let start = 0; start + PAUSE_LEVELS <= levels.length; start++) {
    // Summed anew each time: a running sum would round equal pauses apart.
    let energy = 0;
    for (let level = start; level < start + PAUSE_LEVELS; level++) {
      energy += levels[level]!;
    }
    const isCloser =
      quietest !== undefined && Math.abs(start - middle) < Math.abs(quietest.start - middle);
    if (
      quietest === undefined ||
      energy < quietest.energy ||
      (energy === quietest.energy && isCloser)
    ) {
      quietest = { start, energy };
    }
  }
  return quietest === undefined
    ? Math.floor(samples.length / 2)
    : (quietest.start + PAUSE_LEVELS / 2) * LEVEL_SAMPLES;
}

/** The energy of each whole 10 ms. */
function energies(samples: Float32Array): Float64Array {
  return Float64Array.from({ length: Math.floor(samples.length / LEVEL_SAMPLES) }, (_, level) => {
    let energy = 0;
    for (let index = level * LEVEL_SAMPLES; index < (level + 1) * LEVEL_SAMPLES; index++) {
      energy += samples[index]! ** 2;
    }
    return energy;
  });
}
