import { describe, expect, it } from '@jest/globals';
import {
  frameShownAt,
  indexedDurationSeconds,
} from '../../../../../gpu-container/src/embed/frames/frame-index.ts';
import { uniformTimes } from '../../../../../gpu-container/src/embed/frames/sampling-plan.ts';
import { cheapestTimes } from '../../../../../gpu-container/src/embed/frames/segment-times.ts';
import { alternating, constantRate } from './indexes.ts';

const near = (times: number[]) => times.map((time) => expect.closeTo(time, 9));

describe('cheapestTimes', () => {
  it('takes the first keyframe of a segment', () => {
    expect(cheapestTimes([0, 2, 4], constantRate(60, 25))).toEqual(near([0, 2.5, 5]));
  });

  it('takes the first frame that others refer to where there is no keyframe', () => {
    expect(cheapestTimes([0, 0.5, 1.1], alternating(30, 30))).toEqual(near([0, 0.6, 1.2]));
  });

  it('takes the frame of the time itself where nothing is cheaper', () => {
    expect(cheapestTimes([0, 1, 2], constantRate(30, 30))).toEqual(near([0, 1, 2]));
  });

  it.each([1, 3, 7, 30, 89, 90, 200])('stays within the segment of each of %d times', (count) => {
    const index = alternating(90, 25);
    const times = uniformTimes(count, indexedDurationSeconds(index));
    const moved = cheapestTimes(times, index);
    expect(moved).toHaveLength(count);
    for (const [i, time] of moved.entries()) {
      const shown = frameShownAt(index, times[i]!);
      const next = frameShownAt(index, times[i + 1] ?? Number.POSITIVE_INFINITY);
      expect(time).toBeGreaterThanOrEqual(index.times[shown]!);
      expect(time).toBeLessThanOrEqual(index.times[Math.max(shown, next - 1)]!);
    }
    expect(moved).toEqual(moved.toSorted((one, other) => one - other));
  });

  it('gives as many different frames as it was asked for, where there are so many', () => {
    const index = alternating(90, 25);
    expect(new Set(cheapestTimes(uniformTimes(30, 9), index)).size).toBe(30);
  });

  it('moves nothing where there is nothing', () => {
    expect(cheapestTimes([], constantRate(10, 10))).toEqual([]);
  });
});
