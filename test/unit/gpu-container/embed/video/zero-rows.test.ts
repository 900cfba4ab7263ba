import { describe, expect, it } from '@jest/globals';
import { zeroRows } from '../../../../../gpu-container/src/embed/video/zero-rows.ts';

const TIMES = [0, 1, 2];

describe('zeroRows', () => {
  it('has a row for each frame', () => {
    expect(zeroRows(TIMES, 'frame', 2)).toEqual({
      rows: TIMES.map(() => new Float32Array(2)),
      spans: TIMES.map((time) => ({ start: time, end: time })),
      frameTimes: TIMES,
    });
  });

  it('has a row for each slice of two frames, the last of which may be one', () => {
    const { rows, spans } = zeroRows(TIMES, 'slice', 2);
    expect(rows).toHaveLength(2);
    expect(spans).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 2 },
    ]);
  });

  it('has the tokens of each slice', () => {
    const { rows, tokens } = zeroRows(TIMES, 'token', 4);
    expect(rows).toHaveLength(2);
    expect(tokens).toEqual(rows.map(() => new Float32Array(256 * 4)));
  });

  it('has one row for a video as a whole', () => {
    const { rows, spans } = zeroRows(TIMES, 'video', 8);
    expect(rows).toEqual([new Float32Array(8)]);
    expect(spans).toEqual([{ start: 0, end: 2 }]);
  });
});
