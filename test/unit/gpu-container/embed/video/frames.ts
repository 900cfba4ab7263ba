import type { Frame } from '../../../../../gpu-container/src/embed/video/video-embedder.ts';

/** A small picture of one colour. */
export function plainFrame(time: number, level: number, size = { width: 4, height: 2 }): Frame {
  const data = new Uint8Array(size.width * size.height * 3).fill(level);
  return { ...size, data, time };
}

export async function* inTurn(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}
