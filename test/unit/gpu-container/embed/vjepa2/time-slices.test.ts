import { describe, expect, it } from '@jest/globals';
import {
  poolSlices,
  repeatSlices,
  sliceTimes,
  tokensOfSlice,
  type VideoTokens,
} from '../../../../../gpu-container/src/embed/vjepa2/time-slices.ts';
import { frameIndices } from '../../../../../gpu-container/src/embed/vjepa2/vjepa2-preprocessing.ts';

const TOKENS: VideoTokens = {
  slices: 2,
  tokensPerSlice: 3,
  dims: 2,
  data: Float32Array.of(0, 10, 1, 20, 5, 30, -3, 0, -6, 0, 0, 9),
};

describe('the tokens of a clip', () => {
  it('belong to the slices in order', () => {
    expect([...tokensOfSlice(TOKENS, 1)]).toEqual([-3, 0, -6, 0, 0, 9]);
  });

  it('are averaged slice by slice', () => {
    expect(poolSlices(TOKENS)).toEqual([Float32Array.of(2, 20), Float32Array.of(-3, 3)]);
  });

  it('are repeated to one row a frame', () => {
    const [first, second] = [Float32Array.of(2, 20), Float32Array.of(-3, 3)];
    expect(repeatSlices([first, second], 4)).toEqual([first, first, second, second]);
  });

  it.each([0, 1, 3])('are not repeated to %i rows, which is no multiple', (frames) => {
    expect(() => repeatSlices(poolSlices(TOKENS), frames)).toThrow(RangeError);
  });
});

describe('sliceTimes', () => {
  it('has the seconds of the first and the last frame of each slice', () => {
    expect(sliceTimes([0, 0.5, 1.25, 2])).toEqual([
      { start: 0, end: 0.5 },
      { start: 1.25, end: 2 },
    ]);
  });

  it.each([[[]], [[0, 1, 2]]])('refuses the times %j, which are not of whole slices', (times) => {
    expect(() => sliceTimes(times)).toThrow(RangeError);
  });
});

describe('frameIndices', () => {
  it.each([
    [75, 4, [0, 18, 37, 56]],
    [3, 6, [0, 0, 1, 1, 2, 2]],
    [1, 2, [0, 0]],
  ])('takes of %i frames %i', (frames, count, indices) => {
    expect(frameIndices(frames, count)).toEqual(indices);
  });

  it.each([
    [0, 4],
    [4, 0],
    [2.5, 4],
  ])('refuses to take of %d frames %d', (frames, count) => {
    expect(() => frameIndices(frames, count)).toThrow(RangeError);
  });
});
