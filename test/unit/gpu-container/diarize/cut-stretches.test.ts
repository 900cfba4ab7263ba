import { describe, expect, it } from '@jest/globals';
import {
  cutStretches,
  joinAcrossPauses,
} from '../../../../gpu-container/src/diarize/cut-stretches.ts';

const region = (start: number, end: number) => ({ start, end });

describe('speech with short pauses', () => {
  it('is one where no pause is longer than it may be', () => {
    const regions = [region(0, 1), region(1.25, 2), region(2.25, 3), region(3.5, 4)];
    expect(joinAcrossPauses(regions, 0.25)).toEqual([region(0, 3), region(3.5, 4)]);
    expect(joinAcrossPauses(regions, 0.2)).toEqual(regions);
    expect(joinAcrossPauses(regions, 1)).toEqual([region(0, 4)]);
  });

  it('is nothing where nobody speaks', () => {
    expect(joinAcrossPauses([], 1)).toEqual([]);
  });
});

describe('stretches of speech', () => {
  const SHAPE = { lengthSeconds: 2, hopSeconds: 0.5 };

  it('begin a hop after one another, and the last ends with the region', () => {
    expect(cutStretches([region(10, 13.25)], SHAPE)).toEqual([
      region(10, 12),
      region(10.5, 12.5),
      region(11, 13),
      region(11.25, 13.25),
    ]);
  });

  it('are no more than it takes where hops come out even', () => {
    expect(cutStretches([region(0, 3)], SHAPE)).toEqual([
      region(0, 2),
      region(0.5, 2.5),
      region(1, 3),
    ]);
  });

  it('are the whole of a region that is no longer than one', () => {
    const regions = [region(0, 0.25), region(5, 7)];
    expect(cutStretches(regions, SHAPE)).toEqual(regions);
  });

  it('do not reach from one region into another', () => {
    expect(cutStretches([region(0, 2.5), region(3, 4), region(5, 7.25)], SHAPE)).toEqual([
      region(0, 2),
      region(0.5, 2.5),
      region(3, 4),
      region(5, 7),
      region(5.25, 7.25),
    ]);
  });

  it('cover all of the speech, however odd its length', () => {
    for (let length = 0.1; length < 12; length += 0.37) {
      const stretches = cutStretches([region(1, 1 + length)], {
        lengthSeconds: 1.5,
        hopSeconds: 0.7,
      });
      expect(stretches[0]!.start).toBe(1);
      expect(stretches.at(-1)!.end).toBeCloseTo(1 + length);
      for (const [index, { start, end }] of stretches.entries()) {
        expect(end - start).toBeCloseTo(Math.min(1.5, length));
        expect(start - (stretches[index - 1]?.start ?? start)).toBeLessThan(0.7 + 1e-9);
      }
    }
  });
});
