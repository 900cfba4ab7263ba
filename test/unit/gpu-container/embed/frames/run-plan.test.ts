import { describe, expect, it } from '@jest/globals';
import {
  frameShownAt,
  indexedDurationSeconds,
  indexPackets,
} from '../../../../../gpu-container/src/embed/frames/frame-index.ts';
import {
  frameThresholds,
  planRuns,
  selectExpression,
} from '../../../../../gpu-container/src/embed/frames/run-plan.ts';
import { constantRate, TICK_SECONDS } from './indexes.ts';

const FULL_HD = 1_920 * 1_080;

describe('indexPackets', () => {
  it('puts frames in the order in which they are shown', () => {
    const packets = [0, 3, 1, 2].map((seconds, i) => ({
      seconds,
      isKeyframe: i === 0,
      isShown: true,
    }));
    const index = indexPackets(packets, TICK_SECONDS)!;
    expect([...index.times]).toEqual([0, 1, 2, 3]);
    expect([...index.decodePositions]).toEqual([0, 2, 3, 1]);
    expect([...index.keyframePositions]).toEqual([0, 0, 0, 0]);
    expect(indexedDurationSeconds(index)).toBe(4);
  });

  it('tells which frames others refer to: keyframes, and those decoded ahead', () => {
    const packets = [0, 0.4, 0.2, 0.1, 0.3, 0.5].map((seconds, i) => ({
      seconds,
      isKeyframe: i === 0,
      isShown: true,
    }));
    const { times, isReference } = indexPackets(packets, TICK_SECONDS)!;
    expect([...times]).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect([...isReference]).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it('leads to a frame shown before its keyframe from the keyframe before', () => {
    const packets = [0, 1, 4, 2, 3].map((seconds, i) => ({
      seconds,
      isKeyframe: i === 0 || i === 2,
      isShown: true,
    }));
    const index = indexPackets(packets, TICK_SECONDS)!;
    expect([...index.keyframePositions]).toEqual([0, 0, 0, 0, 2]);
    expect([...index.keyframeTimes]).toEqual([0, 0, 0, 0, 4]);
  });

  it('leaves out what is not shown and what no keyframe leads to', () => {
    const index = indexPackets(
      [
        { seconds: -1, isKeyframe: false, isShown: true },
        { seconds: 0, isKeyframe: true, isShown: false },
        { seconds: 1, isKeyframe: false, isShown: true },
      ],
      TICK_SECONDS,
    )!;
    expect([...index.times]).toEqual([1]);
    expect(
      indexPackets([{ seconds: 0, isKeyframe: false, isShown: true }], TICK_SECONDS),
    ).toBeNull();
  });
});

describe('frameShownAt', () => {
  const index = constantRate(30, 10);

  it('gives the last frame that begins at or before the time', () => {
    expect([0, 0.05, 0.1, 1.998, 1.9996, 2.95].map((time) => frameShownAt(index, time))).toEqual([
      0, 0, 1, 19, 20, 29,
    ]);
  });

  it('stays within the video', () => {
    expect(frameShownAt(index, -5)).toBe(0);
    expect(frameShownAt(index, 99)).toBe(29);
  });
});

describe('planRuns', () => {
  it('decodes on where the next keyframe is nearer than a seek is worth', () => {
    const index = constantRate(300, 10);
    expect(planRuns([0, 1, 2], index, FULL_HD)).toHaveLength(1);
  });

  it('seeks over what need not be decoded', () => {
    const index = constantRate(3_000, 10);
    const runs = planRuns([0, 100, 200, 200.1], index, FULL_HD);
    expect(runs.map(({ seek, times }) => [seek?.keyframeSeconds, times])).toEqual([
      [undefined, [0]],
      [100, [100]],
      [200, [200, 200.1]],
    ]);
  });

  it('decodes on within a long group of pictures, however far', () => {
    expect(planRuns([0, 100, 200], constantRate(3_000, 3_000), FULL_HD)).toHaveLength(1);
  });

  it('seeks to a late beginning', () => {
    const runs = planRuns([200], constantRate(3_000, 10), FULL_HD);
    expect(runs[0]?.seek?.keyframeSeconds).toBe(200);
  });

  it('aims a seek past its keyframe, and not past the next one', () => {
    const aims = (gop: number) =>
      planRuns([200], constantRate(3_000, gop), FULL_HD)[0]?.seek?.aimSeconds;
    expect(aims(10)).toBeCloseTo(200.14, 9);
    expect(aims(2)).toBeCloseTo(200.1, 9);
  });

  it('asks for a frame once, however many times fall on it', () => {
    const runs = planRuns([0.5, 0.52, 0.54, 99], constantRate(10, 10), FULL_HD);
    expect(runs.map(({ thresholds }) => thresholds.length)).toEqual([2]);
  });
});

describe('frameThresholds', () => {
  it('lie halfway to the frame before', () => {
    expect(frameThresholds([0, 0.17], constantRate(10, 10), 10)).toEqual([
      Number.NEGATIVE_INFINITY,
      expect.closeTo(0.05),
    ]);
  });

  it('lie half a frame early where frames are not known', () => {
    expect(frameThresholds([0, 2], null, 25)).toEqual([Number.NEGATIVE_INFINITY, 1.98]);
    expect(frameThresholds([2], null, null)).toEqual([2]);
  });
});

describe('selectExpression', () => {
  it('nests no deeper than a binary search, whatever the number of thresholds', () => {
    const expression = selectExpression(Array.from({ length: 2_048 }, (_, i) => i));
    let depth = 0;
    let deepest = 0;
    for (const character of expression) {
      depth += character === '(' ? 1 : character === ')' ? -1 : 0;
      deepest = Math.max(deepest, depth);
    }
    expect(depth).toBe(0);
    expect(deepest).toBeLessThan(20);
  });
});
