import { MAX_FRAMES } from '#contracts/video-embedding-models.ts';
import type { FrameIndex } from './frame-index.ts';

/** How frames are to be chosen. */
export type SamplingRequest = {
  sampling: 'uniform' | 'fps' | 'scene';
  /** How many frames, or for `fps` how many at most. */
  frames: number;
  /** For `fps`; 1 if not given. */
  framesPerSecond?: number;
};

/** Of media whose duration cannot be known: its end shows only once it is reached. */
const FALLBACK_FRAMES_PER_SECOND = 1;

/** Where the scenes found are fewer than this share of the frames asked for, they do not stand for the video. */
const MIN_SCENE_COVERAGE = 0.5;

/**
 * The times to sample at. Where the duration cannot be known, that is one frame a
 * second up to the number asked for, whatever the sampling.
 *
 * @param cuts for `scene`: times in seconds at which a new scene begins, ascending
 */
export function sampleTimes(
  request: SamplingRequest,
  durationSeconds: number | null,
  cuts: readonly number[] = [],
): number[] {
  if (durationSeconds === null) {
    return fpsTimes(FALLBACK_FRAMES_PER_SECOND, null, request.frames);
  }
  switch (request.sampling) {
    case 'uniform':
      return uniformTimes(request.frames, durationSeconds);
    case 'fps':
      return fpsTimes(
        request.framesPerSecond ?? FALLBACK_FRAMES_PER_SECOND,
        durationSeconds,
        request.frames,
      );
    case 'scene':
      return sceneTimes(cuts, request.frames, durationSeconds);
  }
}

/**
 * `count` times spread over the duration: i · duration / count, so the first is
 * 0 and the last lies one step before the end. At a constant frame rate the
 * frames shown then are those that V-JEPA samples, floor(i · frames / count).
 * More times than there are frames name some frames twice.
 *
 * @param durationSeconds 0 for a still: every time is 0
 */
export function uniformTimes(count: number, durationSeconds: number): number[] {
  const capped = Math.min(count, MAX_FRAMES);
  return Array.from({ length: capped }, (_, i) => (i * durationSeconds) / capped);
}

/**
 * The times of the frames floor(i · frames / count) of a video whose frames are
 * known: what V-JEPA does, at a variable frame rate too, where frames bunch.
 */
export function uniformFrameTimes(count: number, index: FrameIndex): number[] {
  const capped = Math.min(count, MAX_FRAMES);
  const { times } = index;
  return Array.from({ length: capped }, (_, i) => times[Math.floor((i * times.length) / capped)]!);
}

/**
 * A frame every 1 / `framesPerSecond` seconds from the start. Where that would be
 * more than `maxFrames`, they are spread over the whole duration instead: a cap
 * that cut the end off would leave most of a long video out.
 *
 * @param durationSeconds null where it cannot be known: `maxFrames` times, of
 *   which those after the end repeat the last frame (see extractFrames)
 */
export function fpsTimes(
  framesPerSecond: number,
  durationSeconds: number | null,
  maxFrames = MAX_FRAMES,
): number[] {
  const cap = Math.min(maxFrames, MAX_FRAMES);
  if (durationSeconds === null) {
    return Array.from({ length: cap }, (_, i) => i / framesPerSecond);
  }
  // The tolerance keeps 2.0000001 s at 1 fps from being three frames.
  const count = Math.max(1, Math.ceil(durationSeconds * framesPerSecond - 1e-3));
  return count > cap
    ? uniformTimes(cap, durationSeconds)
    : Array.from({ length: count }, (_, i) => i / framesPerSecond);
}

/**
 * One time per scene: its middle, where fades and motion of the cut are over. Of
 * more scenes than `count`, the longest are taken. Where the scenes are less
 * than half of `count`, uniform times fill the rest, each kept only if no scene
 * was sampled within half a uniform step of it.
 *
 * @param cuts times in seconds at which a new scene begins, ascending
 */
export function sceneTimes(
  cuts: readonly number[],
  count: number,
  durationSeconds: number,
): number[] {
  const capped = Math.min(count, MAX_FRAMES);
  const inside = cuts.filter((cut) => cut > 0 && cut < durationSeconds);
  const edges = [0, ...inside, durationSeconds];
  const scenes = edges
    .slice(1)
    .map((end, i) => ({ middle: (edges[i]! + end) / 2, seconds: end - edges[i]! }));
  const middles = scenes
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, capped)
    .map(({ middle }) => middle);
  if (middles.length < capped * MIN_SCENE_COVERAGE) {
    const halfStep = durationSeconds / capped / 2;
    const isFar = (time: number) => middles.every((middle) => Math.abs(middle - time) >= halfStep);
    middles.push(
      ...uniformTimes(capped, durationSeconds)
        .filter(isFar)
        .slice(0, capped - middles.length),
    );
  }
  return middles.sort((one, other) => one - other);
}
