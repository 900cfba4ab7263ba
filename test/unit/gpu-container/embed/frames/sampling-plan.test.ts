import { describe, expect, it } from '@jest/globals';
import { MAX_FRAMES } from '#contracts/video-embedding-models.ts';
import { indexPackets } from '../../../../../gpu-container/src/embed/frames/frame-index.ts';
import {
  fpsTimes,
  sampleTimes,
  sceneTimes,
  uniformFrameTimes,
  uniformTimes,
} from '../../../../../gpu-container/src/embed/frames/sampling-plan.ts';

describe('sampleTimes', () => {
  it('samples as asked', () => {
    expect(sampleTimes({ sampling: 'uniform', frames: 2 }, 10)).toEqual([0, 5]);
    expect(sampleTimes({ sampling: 'fps', frames: 9, framesPerSecond: 0.5 }, 6)).toEqual([0, 2, 4]);
    expect(sampleTimes({ sampling: 'scene', frames: 2 }, 10, [4])).toEqual([2, 7]);
  });

  it.each(['uniform', 'fps', 'scene'] as const)(
    'takes a frame a second where the duration is not known: %s',
    (sampling) => {
      expect(sampleTimes({ sampling, frames: 3, framesPerSecond: 5 }, null)).toEqual([0, 1, 2]);
    },
  );
});

describe('uniformTimes', () => {
  it('begins at 0 and ends one step before the end', () => {
    expect(uniformTimes(4, 10)).toEqual([0, 2.5, 5, 7.5]);
  });

  it('names the beginning only where there is no duration', () => {
    expect(uniformTimes(3, 0)).toEqual([0, 0, 0]);
  });

  it('gives no more than the hard cap', () => {
    expect(uniformTimes(10_000, 100)).toHaveLength(MAX_FRAMES);
  });
});

describe('uniformFrameTimes', () => {
  it('counts frames and not seconds where the rate varies', () => {
    const seconds = [0, 0.1, 0.2, 5];
    const index = indexPackets(
      seconds.map((time) => ({ seconds: time, isKeyframe: true, isShown: true })),
      1e-3,
    )!;
    expect(uniformFrameTimes(2, index)).toEqual([0, 0.2]);
    expect(uniformFrameTimes(8, index)).toEqual([0, 0, 0.1, 0.1, 0.2, 0.2, 5, 5]);
  });
});

describe('fpsTimes', () => {
  it('gives a time per interval, the last before the end', () => {
    expect(fpsTimes(2, 1.6)).toEqual([0, 0.5, 1, 1.5]);
    expect(fpsTimes(1, 2.0000001)).toEqual([0, 1]);
  });

  it('gives one time to what is shorter than an interval', () => {
    expect(fpsTimes(1, 0)).toEqual([0]);
  });

  it('spreads the cap over the whole duration', () => {
    expect(fpsTimes(10, 100, 4)).toEqual([0, 25, 50, 75]);
  });

  it('goes up to the cap where the duration is not known', () => {
    expect(fpsTimes(1, null, 3)).toEqual([0, 1, 2]);
  });
});

describe('sceneTimes', () => {
  it('takes the middle of every scene', () => {
    expect(sceneTimes([4, 6], 3, 10)).toEqual([2, 5, 8]);
  });

  it('takes the longest of too many scenes, in order of time', () => {
    expect(sceneTimes([1, 5, 6], 2, 10)).toEqual([3, 8]);
  });

  it('is uniform where no scene but one is found, which stands for its own place', () => {
    expect(sceneTimes([], 4, 10)).toEqual([0, 2.5, 5, 7.5]);
  });

  it('keeps uniform times away from the scenes they fill up', () => {
    const times = sceneTimes([1], 8, 16);
    expect(times).toHaveLength(8);
    expect(times).toEqual(expect.arrayContaining([0.5, 8.5]));
    expect(times).not.toContain(0);
    expect(times).not.toContain(8);
  });

  it('ignores cuts outside the video', () => {
    expect(sceneTimes([-1, 0, 10, 12], 1, 10)).toEqual([5]);
  });
});
