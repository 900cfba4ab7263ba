import { type PcmReader, SAMPLE_RATE } from './pcm.ts';

const BLOCK_SAMPLES = 10 * SAMPLE_RATE;

/** −80 dB of full scale, three steps of 16-bit audio: what dither adds, and no speech. */
const SILENCE_PEAK = 1e-4;

/** −60 dB of the loudest sample: what an encoder that treats channels one by one may add. */
const RELATIVE_TOLERANCE = 1e-3;

/**
 * Finds channels that sound as an earlier one does: a mono recording that was
 * saved as stereo has its one voice twice. Channels are the same where in every
 * ten seconds of them no two samples differ by more than −60 dB of the peak
 * there, a little dither aside. Channels that are silent throughout are not
 * called the same: there is nothing on them to be found twice.
 *
 * Reads block by block, and only as far as there are channels that may be the
 * same: of most recordings that is one block.
 *
 * @returns for each such channel, by its index, the first that it is the same as
 * @throws The signal's reason, where it was aborted.
 */
export async function findIdenticalChannels(
  channels: readonly PcmReader[],
  signal?: AbortSignal,
): Promise<Map<number, number>> {
  const isHeard = channels.map(() => false);
  let pairs = channels.flatMap((_, later) =>
    Array.from({ length: later }, (_, earlier) => ({ earlier, later })),
  );
  const sampleCount = Math.max(0, ...channels.map((pcm) => pcm.sampleCount));
  for (let start = 0; start < sampleCount && pairs.length > 0; start += BLOCK_SAMPLES) {
    signal?.throwIfAborted();
    const blocks = await Promise.all(channels.map((pcm) => pcm.read(start, BLOCK_SAMPLES)));
    const peaks = blocks.map((block) => peakDifference(block, NOTHING));
    for (const [channel, peak] of peaks.entries()) {
      isHeard[channel] ||= peak > SILENCE_PEAK;
    }
    pairs = pairs.filter(({ earlier, later }) => {
      const tolerance =
        SILENCE_PEAK + RELATIVE_TOLERANCE * Math.max(peaks[earlier]!, peaks[later]!);
      return peakDifference(blocks[earlier]!, blocks[later]!) <= tolerance;
    });
  }

  const sameAs = new Map<number, number>();
  for (const { earlier, later } of pairs) {
    if (isHeard[earlier] && isHeard[later] && !sameAs.has(earlier) && !sameAs.has(later)) {
      sameAs.set(later, earlier);
    }
  }
  return sameAs;
}

const NOTHING = new Float32Array(0);

/** Where one of the two has ended, it is silent. */
function peakDifference(one: Float32Array, other: Float32Array): number {
  const shared = Math.min(one.length, other.length);
  let peak = 0;
  for (let at = 0; at < shared; at += 1) {
    peak = Math.max(peak, Math.abs(one[at]! - other[at]!));
  }
  const rest = one.length > shared ? one : other;
  for (let at = shared; at < rest.length; at += 1) {
    peak = Math.max(peak, Math.abs(rest[at]!));
  }
  return peak;
}
