import { describe, expect, it } from '@jest/globals';
import { ropePositions } from '../../../../../gpu-container/src/embed/qwen3-vl/rope-positions.ts';

const flags = (pattern: string) => [...pattern].map((sign) => sign === '#');

describe('positions of a prompt', () => {
  it('count on in all three for a text', () => {
    const count = [0, 1, 2, 3];
    expect(ropePositions(flags('....'), { rows: 0, columns: 0 })).toEqual([count, count, count]);
  });

  it('lay a picture out in rows and columns, and go on after its longer side', () => {
    expect(ropePositions(flags('..######.'), { rows: 2, columns: 3 })).toEqual([
      [0, 1, 2, 2, 2, 2, 2, 2, 5],
      [0, 1, 2, 2, 2, 3, 3, 3, 5],
      [0, 1, 2, 3, 4, 2, 3, 4, 5],
    ]);
  });

  it('take the slices of a video for pictures that follow one another', () => {
    expect(ropePositions(flags('.##..##'), { rows: 2, columns: 1 })).toEqual([
      [0, 1, 1, 3, 4, 5, 5],
      [0, 1, 2, 3, 4, 5, 6],
      [0, 1, 1, 3, 4, 5, 5],
    ]);
  });

  it('are refused where a picture is cut short', () => {
    expect(() => ropePositions(flags('.###.'), { rows: 2, columns: 2 })).toThrow(RangeError);
    expect(() => ropePositions(flags('.###'), { rows: 2, columns: 2 })).toThrow(RangeError);
  });
});
