import { SAMPLE_RATE } from '../decode/pcm.ts';
import { FRAME_SAMPLES } from './silero-graph.ts';

const FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE;
/** Neither piece of a cut region is shorter than this part of the maximum. */
const SHORTEST_PIECE = 1 / 8;

/** A stretch of speech, in seconds of the recording. */
export type SpeechRegion = { readonly start: number; readonly end: number };

export type SpeechRegionOptions = {
  /** Speech begins at a frame of at least this probability. Default 0.5. */
  threshold?: number;
  /** Speech goes on until a frame below this one. Default `threshold` − 0.15. */
  endThreshold?: number;
  /** Shorter speech is dropped. Default 0.25. */
  minSpeechSeconds?: number;
  /** Shorter silence does not end speech. Default 0.1. */
  minSilenceSeconds?: number;
  /** Added before and after, half of the gap at most. Default 0.2. */
  paddingSeconds?: number;
  /** Longer speech is cut where it is quietest. Default 30, Whisper's window. */
  maxRegionSeconds?: number;
};

/**
 * Turns speech probabilities into speech regions, by the rules of Silero's
 * get_speech_timestamps (https://github.com/snakers4/silero-vad): hysteresis
 * between two thresholds, a minimum for silence and then for speech, padding
 * that shares narrow gaps. Two rules differ:
 *
 * - 200 ms of padding, not 30, at which Whisper loses first words.
 * - Too long a region is cut after padding, so that none exceeds the maximum,
 *   and loses nothing: Silero cuts while it scans, at the last silence over
 *   98 ms, drops that silence, and without one cuts through whatever is spoken
 *   when time is up. Here the cut is in the quietest tenth of a second in the
 *   second half of what fits, as in WhisperX (https://arxiv.org/abs/2303.00747,
 *   which looks at single frames).
 *
 * @param probabilities one per frame of 32 ms
 * @param durationSeconds length of the recording
 * @returns disjoint regions in order; the pieces of a cut one touch
 */
export function speechRegions(
  probabilities: Float32Array,
  durationSeconds: number,
  options: SpeechRegionOptions = {},
): SpeechRegion[] {
  const { minSpeechSeconds = 0.25, paddingSeconds = 0.2, maxRegionSeconds = 30 } = options;
  const spoken = hysteresis(probabilities, durationSeconds, options).filter(
    ({ start, end }) => end - start > minSpeechSeconds,
  );
  return pad(spoken, paddingSeconds, durationSeconds).flatMap((region) =>
    cutAtQuietest(region, probabilities, maxRegionSeconds),
  );
}

function hysteresis(
  probabilities: Float32Array,
  durationSeconds: number,
  options: SpeechRegionOptions,
): SpeechRegion[] {
  const { threshold = 0.5, minSilenceSeconds = 0.1 } = options;
  const { endThreshold = Math.max(threshold - 0.15, 0.01) } = options;
  const regions: SpeechRegion[] = [];
  let start: number | undefined;
  let silenceStart: number | undefined;

  // In frames: seconds would not add up to the minimum exactly.
  const minSilenceFrames = (minSilenceSeconds * SAMPLE_RATE) / FRAME_SAMPLES;

  for (const [frame, probability] of probabilities.entries()) {
    if (probability >= threshold) {
      start ??= frame;
      silenceStart = undefined;
    } else if (start !== undefined && probability < endThreshold) {
      silenceStart ??= frame;
      if (frame - silenceStart >= minSilenceFrames) {
        regions.push({ start: start * FRAME_SECONDS, end: silenceStart * FRAME_SECONDS });
        start = undefined;
        silenceStart = undefined;
      }
    }
  }
  if (start !== undefined) {
    regions.push({ start: start * FRAME_SECONDS, end: durationSeconds });
  }
  return regions;
}

function pad(
  regions: readonly SpeechRegion[],
  paddingSeconds: number,
  durationSeconds: number,
): SpeechRegion[] {
  return regions.map(({ start, end }, index) => {
    const gapBefore = start - (regions[index - 1]?.end ?? Number.NEGATIVE_INFINITY);
    const gapAfter = (regions[index + 1]?.start ?? Number.POSITIVE_INFINITY) - end;
    return {
      start: Math.max(0, start - Math.min(paddingSeconds, gapBefore / 2)),
      end: Math.min(durationSeconds, end + Math.min(paddingSeconds, gapAfter / 2)),
    };
  });
}

function cutAtQuietest(
  region: SpeechRegion,
  probabilities: Float32Array,
  maxSeconds: number,
): SpeechRegion[] {
  const pieces: SpeechRegion[] = [];
  let { start } = region;
  while (region.end - start > maxSeconds) {
    const earliest = start + maxSeconds / 2;
    const latest = Math.min(start + maxSeconds, region.end - maxSeconds * SHORTEST_PIECE);
    const cut = quietestMoment(probabilities, earliest, latest);
    pieces.push({ start, end: cut });
    start = cut;
  }
  return [...pieces, { start, end: region.end }];
}

/** The middle of the frame where it is quietest together with its neighbours; the last of equals. */
function quietestMoment(probabilities: Float32Array, earliest: number, latest: number): number {
  const firstFrame = Math.ceil(earliest / FRAME_SECONDS);
  const lastFrame = Math.max(firstFrame, Math.floor(latest / FRAME_SECONDS) - 1);
  let quietest = firstFrame;
  let least = Number.POSITIVE_INFINITY;
  for (let frame = firstFrame; frame <= lastFrame; frame++) {
    const own = probabilities[frame]!;
    // The frame itself counts double, so that a lone quiet frame is hit in its middle.
    const around = (probabilities[frame - 1] ?? own) + 2 * own + (probabilities[frame + 1] ?? own);
    if (around <= least) {
      least = around;
      quietest = frame;
    }
  }
  return (quietest + 0.5) * FRAME_SECONDS;
}
