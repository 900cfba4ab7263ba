import { describe, expect, it } from '@jest/globals';
import { poolVideo } from '../../../../../gpu-container/src/embed/video/pool-video.ts';
import type { VideoRows } from '../../../../../gpu-container/src/embed/video/video-embedder.ts';

/** Four slices of two frames, a second apart. */
const VIDEO: VideoRows = {
  rows: [
    [3, 0, 4],
    [0, 5, 0],
    [0, 1, 0],
    [0, 0, 2],
  ].map((row) => Float32Array.from(row)),
  spans: [0, 2, 4, 6].map((start) => ({ start, end: start + 1 })),
  frameTimes: [0, 1, 2, 3, 4, 5, 6, 7],
};

const spansOf = (pooling: 'none' | 'mean' | 'max' | 'center' | 'thirds') =>
  poolVideo(VIDEO, { pooling }).items.map(({ start, end }) => [start, end]);

describe('poolVideo', () => {
  it.each(['mean', 'max', 'center'] as const)('has one item from start to end by %s', (pooling) => {
    expect(spansOf(pooling)).toEqual([[0, 7]]);
  });

  it('has an item for each third of the rows, from its first frame to its last', () => {
    expect(spansOf('thirds')).toEqual([
      [0, 1],
      [2, 3],
      [4, 7],
    ]);
  });

  it('has an item for each row by none', () => {
    expect(spansOf('none')).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
  });

  it.each(['none', 'mean', 'max', 'center', 'thirds'] as const)(
    'makes vectors of unit length by %s',
    (pooling) => {
      for (const { vector } of poolVideo(VIDEO, { pooling }).items) {
        expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
      }
    },
  );

  it('cuts to dims, and scales again', () => {
    const [first] = poolVideo(VIDEO, { pooling: 'none', dims: 2 }).items;
    expect(first!.vector).toEqual(Float32Array.of(1, 0));
  });

  it('keeps tokens as they are where rows are not pooled, and only there', () => {
    const tokens = VIDEO.rows.map(() => Float32Array.of(1, 2, 3, 4, 5, 6));
    const video = { ...VIDEO, tokens };
    expect(poolVideo(video, { pooling: 'none' }).tokens).toEqual(tokens);
    expect(poolVideo(video, { pooling: 'mean' })).not.toHaveProperty('tokens');
  });
});
