import { type FrameIndex, frameShownAt, isKeyframe } from './frame-index.ts';

/**
 * Moves each time within its segment, which lasts until the next time, to the
 * frame that is cheapest to decode: the first keyframe there is, else the first
 * frame that others refer to, else the frame shown at the time itself. That is the
 * sparse sampling of Temporal Segment Networks (Wang et al., 2016), one frame from
 * each of N equal parts, where the frame is not drawn by lot but by its cost.
 *
 * So the frame of a time is the one shown then or a later one, and comes before the
 * one shown at the next time: there are as many times as before, in the same order,
 * and neighbours are less than two segments apart.
 *
 * For models that look at frames one by one; where their spacing means something,
 * as to V-JEPA, times are to stay what they are.
 *
 * @param times seconds, ascending, evenly spaced as uniformTimes and fpsTimes give them
 * @returns when each of the frames is shown, in seconds
 */
export function cheapestTimes(times: readonly number[], index: FrameIndex): number[] {
  const shown = times.map((time) => frameShownAt(index, time));
  const lastStep = times.length < 2 ? 0 : times.at(-1)! - times.at(-2)!;
  // The first frame that is shown after the last segment.
  const end = frameShownAt(index, times.at(-1)! + lastStep - index.tickSeconds) + 1;
  return times.map((time, i) => {
    const frame = shown[i]!;
    const next = shown[i + 1] ?? end;
    const keyframe = firstFrame(frame, next, (candidate) => isKeyframe(index, candidate));
    const reference = firstFrame(frame, next, (candidate) => index.isReference[candidate] === 1);
    return index.times[keyframe ?? reference ?? frame] ?? time;
  });
}

function firstFrame(from: number, to: number, test: (frame: number) => boolean): number | null {
  for (let frame = from; frame < to; frame += 1) {
    if (test(frame)) {
      return frame;
    }
  }
  return null;
}
