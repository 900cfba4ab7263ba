import {
  type FrameIndex,
  indexPackets,
} from '../../../../../gpu-container/src/embed/frames/frame-index.ts';

export const TICK_SECONDS = 1e-3;

/** 10 frames a second with a keyframe every `gop` frames, in the order in which they are shown. */
export function constantRate(frames: number, gop: number): FrameIndex {
  return indexPackets(
    Array.from({ length: frames }, (_, i) => ({
      seconds: i / 10,
      isKeyframe: i % gop === 0,
      isShown: true,
    })),
    TICK_SECONDS,
  )!;
}

/** The same where every other frame refers to both of its neighbours, and nothing to it. */
export function alternating(frames: number, gop: number): FrameIndex {
  const order = Array.from({ length: frames }, (_, i) => i);
  for (let i = 1; i + 1 < frames; i += 2) {
    if ((i + 1) % gop !== 0) {
      [order[i], order[i + 1]] = [i + 1, i];
    }
  }
  return indexPackets(
    order.map((i) => ({ seconds: i / 10, isKeyframe: i % gop === 0, isShown: true })),
    TICK_SECONDS,
  )!;
}
