import { describe, expect, it } from '@jest/globals';
import {
  coveredSeconds,
  coversHalf,
  nearestStretch,
  overlaps,
} from '../../../../../gpu-container/src/diarize/assign/timeline.ts';

const TIMELINE = [
  { start: 1, end: 2 },
  { start: 2, end: 4 },
  { start: 8, end: 9 },
];

describe('a timeline', () => {
  it.each([
    [{ start: 0, end: 1 }, 0],
    [{ start: 0, end: 10 }, 4],
    [{ start: 1.5, end: 2.5 }, 1],
    [{ start: 3, end: 8.25 }, 1.25],
    [{ start: 5, end: 7 }, 0],
    [{ start: 9, end: 20 }, 0],
    [{ start: 3, end: 3 }, 0],
  ])('covers of %j %d seconds', (stretch, seconds) => {
    expect(coveredSeconds(TIMELINE, stretch)).toBeCloseTo(seconds, 9);
  });

  it.each([
    [{ start: 3, end: 5 }, true],
    [{ start: 3.1, end: 5.1 }, false],
    [{ start: 3, end: 3 }, true],
    [{ start: 5, end: 5 }, false],
  ])('covers half of %j: %p', (stretch, covered) => {
    expect(coversHalf(TIMELINE, stretch)).toBe(covered);
  });

  it.each([
    [0, 1, 1],
    [3, 2, 0],
    [5, 2, 1],
    [6, 2, 2],
    [7, 8, 1],
    [30, 8, 21],
  ])('has nearest to %d the stretch at %d, %d away', (moment, start, distance) => {
    expect(nearestStretch(TIMELINE, moment)).toMatchObject({ stretch: { start }, distance });
  });

  it('that is empty has nothing near', () => {
    expect(nearestStretch([], 1)).toBeUndefined();
  });
});

describe('overlaps', () => {
  it('are where two or more stretches run, and not where they touch', () => {
    expect(
      overlaps([
        { start: 0, end: 4 },
        { start: 3, end: 6 },
        { start: 3.5, end: 5 },
        { start: 6, end: 8 },
        { start: 7, end: 7.5 },
      ]),
    ).toEqual([
      { start: 3, end: 5 },
      { start: 7, end: 7.5 },
    ]);
  });
});
