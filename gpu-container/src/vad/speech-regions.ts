import { SAMPLE_RATE } from '../decode/pcm.ts';
import { FRAME_SAMPLES } from './silero.ts';

const FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE;

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
  /** Longer speech is cut at its quietest frame. Default 30, Whisper's window. */
  maxRegionSeconds?: number;
};

/**
 * Turns speech probabilities into speech regions by the hysteresis of Silero's
 * get_speech_timestamps; regions over the maximum are cut at the frame of lowest
 * probability in the second half of what fits, as WhisperX does.
 *
 * @param probabilities one per frame of 32 ms
 * @param durationSeconds length of the recording
 * @returns disjoint regions in order; the two halves of a cut one touch
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

  for (const [frame, probability] of probabilities.entries()) {
    const now = frame * FRAME_SECONDS;
    if (probability >= threshold) {
      start ??= now;
      silenceStart = undefined;
    } else if (start !== undefined && probability < endThreshold) {
      silenceStart ??= now;
      if (now - silenceStart >= minSilenceSeconds) {
        regions.push({ start, end: silenceStart });
        start = undefined;
        silenceStart = undefined;
      }
    }
  }
  return start === undefined ? regions : [...regions, { start, end: durationSeconds }];
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
    const firstFrame = Math.ceil((start + maxSeconds / 2) / FRAME_SECONDS);
    const lastFrame = Math.floor((start + maxSeconds) / FRAME_SECONDS) - 1;
    let quietest = firstFrame;
    for (let frame = firstFrame; frame <= lastFrame; frame++) {
      if (probabilities[frame]! < probabilities[quietest]!) {
        quietest = frame;
      }
    }
    const cut = (quietest + 0.5) * FRAME_SECONDS;
    pieces.push({ start, end: cut });
    start = cut;
  }
  return [...pieces, { start, end: region.end }];
}
