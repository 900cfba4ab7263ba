import { SAMPLE_RATE } from '../../decode/pcm.ts';

/** A part of a window, in samples from its start, and what was made of it. */
export type Stretch<Heard> = {
  readonly start: number;
  readonly end: number;
  readonly heard: Heard;
};

/** Moonshine was trained on audio of 4 s and more. */
const MIN_STRETCH_SAMPLES = 4 * SAMPLE_RATE;
const FRAME_SAMPLES = 0.02 * SAMPLE_RATE;

/**
 * Listens to a window whole; where the model repeats itself, to its halves, cut
 * where it is quietest: other audio around them leads out of most repetitions.
 */
export async function listenInStretches<Heard extends { readonly repeats: boolean }>(
  samples: Float32Array,
  listen: (samples: Float32Array) => Promise<Heard>,
): Promise<Stretch<Heard>[]> {
  const heard = await listen(samples);
  if (!heard.repeats || samples.length < 2 * MIN_STRETCH_SAMPLES) {
    return [{ start: 0, end: samples.length, heard }];
  }
  const cut = quietestCut(samples);
  const before = await listenInStretches(samples.subarray(0, cut), listen);
  const after = await listenInStretches(samples.subarray(cut), listen);
  return [
    ...before,
    ...after.map(({ start, end, heard }) => ({ start: start + cut, end: end + cut, heard })),
  ];
}

/** Middle of the 20 ms of least power in the middle third. */
function quietestCut(samples: Float32Array): number {
  let quietest = Number.POSITIVE_INFINITY;
  let cut = 0;
  const last = (samples.length * 2) / 3 - FRAME_SAMPLES;
  for (let start = Math.floor(samples.length / 3); start <= last; start += FRAME_SAMPLES) {
    const power = samples
      .subarray(start, start + FRAME_SAMPLES)
      .reduce((sum, sample) => sum + sample * sample, 0);
    if (power < quietest) {
      quietest = power;
      cut = start + FRAME_SAMPLES / 2;
    }
  }
  return cut;
}
