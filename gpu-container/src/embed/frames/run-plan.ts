import { type FrameIndex, frameShownAt } from './frame-index.ts';

/**
 * What starting ffmpeg, opening the file and seeking in it costs, in pixels that
 * could have been decoded meanwhile: about 80 ms of one core against 4 ms for a
 * frame of 1920 × 1080 in H.264.
 */
const SEEK_COST_PIXELS = 40_000_000;

/** How frames are reached: the cheaper way between each two of them, or one way throughout. */
export type SeekStrategy = 'auto' | 'seek' | 'decode';

/** One ffmpeg process: where it starts, and which frames it is to give. */
export type DecodeRun = {
  /** When the keyframe to start from is shown; null to start at the beginning. */
  seekSeconds: number | null;
  /** For each frame to give, ascending: it is the first at or after this time. */
  thresholds: number[];
};

/**
 * For each time, the one at or after which the first frame is the frame shown at
 * that time. It lies halfway between that frame and the one before it, so that
 * rounding of times between container and decoder cannot pick a neighbour.
 *
 * Without an index the frame shown cannot be known beforehand: the threshold is
 * the time less half a frame, which is the same frame at a constant rate.
 */
export function frameThresholds(
  times: readonly number[],
  index: FrameIndex | null,
  frameRate: number | null,
): number[] {
  const slack = frameRate === null ? 0 : 0.5 / frameRate;
  return times.map((time) => {
    if (index === null) {
      return time <= 0 ? Number.NEGATIVE_INFINITY : time - slack;
    }
    return thresholdOf(frameShownAt(index, time), index);
  });
}

function thresholdOf(frame: number, { times }: FrameIndex): number {
  return frame === 0 ? Number.NEGATIVE_INFINITY : (times[frame - 1]! + times[frame]!) / 2;
}

/**
 * Groups the frames shown at the given times into runs of ffmpeg. Between two of
 * them, either decoding goes on or a new process seeks to the keyframe before
 * the second; each gap takes the way that decodes less, counting a seek as the
 * frames that could have been decoded instead. The choice in one gap does not
 * change the cost of another, so that the whole is the cheapest there is.
 *
 * @param times seconds, ascending
 */
export function planRuns(
  times: readonly number[],
  index: FrameIndex,
  pixelsPerFrame: number,
  strategy: SeekStrategy = 'auto',
): DecodeRun[] {
  const seekCostFrames = SEEK_COST_PIXELS / pixelsPerFrame;
  const frames = [...new Set(times.map((time) => frameShownAt(index, time)))];
  const runs: DecodeRun[] = [];
  let decodedUpTo = -1;
  for (const frame of frames) {
    const keyframe = index.keyframePositions[frame]!;
    const jumps = {
      seek: true,
      decode: false,
      auto: keyframe - decodedUpTo > seekCostFrames,
    }[strategy];
    const run = runs.at(-1);
    if (run === undefined || jumps) {
      const seekSeconds = jumps && keyframe > 0 ? index.keyframeTimes[frame]! : null;
      runs.push({ seekSeconds, thresholds: [thresholdOf(frame, index)] });
    } else {
      run.thresholds.push(thresholdOf(frame, index));
    }
    decodedUpTo = index.decodePositions[frame]!;
  }
  return runs;
}

/**
 * A filter expression that is true for the first frame at or after each
 * threshold: it counts the thresholds passed by binary search, and compares with
 * the count at the last frame given. 2048 thresholds nest 11 deep, where a sum
 * of comparisons would be evaluated whole for every frame.
 */
export function selectExpression(thresholds: readonly number[]): string {
  const passed = countPassed(thresholds, 0, thresholds.length);
  return `if(gt(st(1,${passed}),ld(0)),1+0*st(0,ld(1)),0)`;
}

function countPassed(thresholds: readonly number[], from: number, to: number): string {
  if (from === to) {
    return String(from);
  }
  const middle = (from + to) >>> 1;
  const threshold = thresholds[middle]!;
  const seconds = Number.isFinite(threshold) ? threshold.toFixed(7) : '-1e9';
  return `if(lt(t,${seconds}),${countPassed(thresholds, from, middle)},${countPassed(thresholds, middle + 1, to)})`;
}
