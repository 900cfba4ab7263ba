import { describe, expect, it } from '@jest/globals';
import { cheapestGroups } from '../../../../../gpu-container/src/embed/frames/frame-groups.ts';
import { constantRate } from './indexes.ts';

const START_COST = 20;

describe('cheapestGroups', () => {
  it('decodes keyframes alone where they are all that is wanted', () => {
    expect(cheapestGroups([0, 20, 40], constantRate(100, 10), START_COST)).toEqual([
      { frames: [0, 20, 40], isOfKeyframes: true },
    ]);
  });

  it('decodes a keyframe on the way to other frames', () => {
    expect(cheapestGroups([5, 10, 15], constantRate(100, 10), START_COST)).toEqual([
      { frames: [5, 10, 15], isOfKeyframes: false },
    ]);
  });

  it('starts anew where that decodes less than going on does', () => {
    expect(cheapestGroups([5, 105, 109], constantRate(200, 50), START_COST)).toEqual([
      { frames: [5], isOfKeyframes: false },
      { frames: [105, 109], isOfKeyframes: false },
    ]);
  });

  it('starts anew even among keyframes, where many lie between two', () => {
    const groups = cheapestGroups([0, 500, 510], constantRate(1_000, 10), START_COST);
    expect(groups).toEqual([
      { frames: [0], isOfKeyframes: true },
      { frames: [500, 510], isOfKeyframes: true },
    ]);
  });

  it('changes its kind with what is wanted', () => {
    const groups = cheapestGroups([0, 100, 200, 205], constantRate(1_000, 50), START_COST);
    expect(groups).toEqual([
      { frames: [0, 100], isOfKeyframes: true },
      { frames: [200, 205], isOfKeyframes: false },
    ]);
  });

  it('makes no group of nothing', () => {
    expect(cheapestGroups([], constantRate(10, 10), START_COST)).toEqual([]);
  });
});
