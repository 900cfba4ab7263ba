import { cheapestGroups, type FrameGroup } from './frame-groups.ts';
import { type FrameIndex, frameShownAt } from './frame-index.ts';

/**
 * What starting ffmpeg, opening the file and seeking in it costs, in pixels that
 * could have been decoded meanwhile: about 80 ms of one core against 4 ms for a
 * frame of 1920 × 1080 in H.264.
 */
const SEEK_COST_PIXELS = 40_000_000;

/**
 * In containers that order frames by when they are decoded, ffmpeg seeks 0.13 s
 * before the time asked for, and would find the keyframe before the one meant.
 */
const SEEK_LEAD_SECONDS = 0.14;

/** How frames are reached: the cheaper way between each two of them, or one way throughout. */
export type SeekStrategy = 'auto' | 'seek' | 'decode';

/** How to find a keyframe, in seconds. */
export type Seek = {
  /** When it is shown. */
  keyframeSeconds: number;
  /** A time before which it is the last keyframe, with room for what a seek misses by. */
  aimSeconds: number;
};

/** One ffmpeg process: where it starts, and which frames it is to give. */
export type DecodeRun = {
  /** Where to start; null to start at the beginning. */
  seek: Seek | null;
  /** For each frame to give, ascending: it is the first at or after this time. */
  thresholds: number[];
  /** When each of them is shown, in seconds; null where that is not known beforehand. */
  times: number[] | null;
  /** What need not be decoded on the way, in the words of ffmpeg: what nothing refers to, or all but keyframes. */
  skips: 'none' | 'noref' | 'nokey';
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

/** The one run through a video whose frames are not known. */
export function blindRun(thresholds: readonly number[]): DecodeRun {
  return { seek: null, thresholds: [...new Set(thresholds)], times: null, skips: 'none' };
}

/**
 * Groups the frames shown at the given times into runs of ffmpeg, for the least
 * to decode: see cheapestGroups. Frames that nothing refers to are not decoded by
 * a run that is to give none of them.
 *
 * @param times seconds, ascending
 */
export function planRuns(
  times: readonly number[],
  index: FrameIndex,
  pixelsPerFrame: number,
  strategy: SeekStrategy = 'auto',
): DecodeRun[] {
  const frames = [...new Set(times.map((time) => frameShownAt(index, time)))];
  switch (strategy) {
    case 'auto':
      return cheapestGroups(frames, index, SEEK_COST_PIXELS / pixelsPerFrame).map((group) =>
        runOf(group, index),
      );
    case 'seek':
      return frames.map((frame) => runOf({ frames: [frame], isOfKeyframes: false }, index));
    case 'decode': {
      const whole = runOf({ frames, isOfKeyframes: false }, index);
      return frames.length === 0 ? [] : [{ ...whole, seek: null, skips: 'none' }];
    }
  }
}

function runOf({ frames, isOfKeyframes }: FrameGroup, index: FrameIndex): DecodeRun {
  const isOfReferences = frames.every((frame) => index.isReference[frame] === 1);
  return {
    seek: seekTo(frames[0]!, index),
    thresholds: frames.map((frame) => thresholdOf(frame, index)),
    times: frames.map((frame) => index.times[frame]!),
    skips: isOfKeyframes ? 'nokey' : isOfReferences ? 'noref' : 'none',
  };
}

function seekTo(frame: number, { keyframePositions, keyframeTimes }: FrameIndex): Seek | null {
  if (keyframePositions[frame] === 0) {
    return null;
  }
  const keyframeSeconds = keyframeTimes[frame]!;
  let next = frame + 1;
  while (next < keyframeTimes.length && keyframeTimes[next]! <= keyframeSeconds) {
    next += 1;
  }
  const gap = (keyframeTimes[next] ?? Number.POSITIVE_INFINITY) - keyframeSeconds;
  return { keyframeSeconds, aimSeconds: keyframeSeconds + Math.min(SEEK_LEAD_SECONDS, gap / 2) };
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
