import { describe, expect, it } from '@jest/globals';
import {
  chunkCount,
  firstFrameOf,
  frameMiddleSeconds,
} from '../../../../../gpu-container/src/diarize/pyannote/chunk-frames.ts';

describe('the chunks of a recording', () => {
  it.each([
    [0, 0],
    [0.5, 1],
    [10, 1],
    [10.1, 2],
    [11, 2],
    [11.01, 3],
    [3600, 3591],
  ])('cover %d s with %d', (seconds, chunks) => {
    expect(chunkCount(Math.round(seconds * 16_000))).toBe(chunks);
  });

  it('begin at the frame nearest to their first', () => {
    expect([0, 1, 2, 3, 27].map(firstFrameOf)).toEqual([0, 59, 119, 178, 1600]);
  });

  it('have frames whose middles are 16.875 ms apart from 30.9 ms on', () => {
    expect(frameMiddleSeconds(0)).toBeCloseTo(495 / 16_000, 9);
    expect(frameMiddleSeconds(1600) - frameMiddleSeconds(0)).toBeCloseTo(27, 9);
  });
});
